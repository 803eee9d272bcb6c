from odoo import api, models
from odoo.fields import Command


class MedicalConsultation(models.Model):
    """What is scanned while the visit is open becomes a line of it.

    A code names a product, a lot or serial number, or, as the GS1 codes on packages of
    drugs and devices do, both. Scanning the same once more makes it one more.
    """

    _name = "medical.consultation"
    _inherit = ["medical.consultation", "barcodes.barcode_events_mixin"]

    # === BUSINESS METHODS === #

    def on_barcode_scanned(self, barcode):
        # OVERRIDE 'barcodes': called as an onchange, so nothing that is in the form and
        # not saved is lost.
        if self._is_frozen():
            return self._warn_of_barcode(
                self.env._("This visit is closed: amend it to add what was used.")
            )
        found = self._find_scanned(barcode)
        if "warning" in found:
            return self._warn_of_barcode(found["warning"])
        product, lot = found["product"], found["lot"]
        if lot and not lot.sudo()._is_usable():
            return self._warn_of_barcode(
                self.env._(
                    "%(product)s %(lot)s has expired and must not be used.",
                    product=product.display_name,
                    lot=lot.name,
                )
            )
        if product.tracking == "serial" and lot and lot in self.line_ids.lot_id:
            return self._warn_of_barcode(
                self.env._("%(lot)s is already in this visit.", lot=lot.name)
            )
        line = self._get_scanned_line(product, lot)
        if not line:
            vals = self._prepare_scanned_vals(product, lot, found.get("udi"))
            self.line_ids = [Command.create(vals)]
        elif lot and not line.lot_id:
            # What was ordered is now at hand.
            line.lot_id = lot
            line.udi = found.get("udi") or line.udi
        else:
            line.quantity += 1
        return None

    def _get_scanned_line(self, product, lot):
        """Return the line that what was scanned belongs to, empty for a new one.

        :param product: the `product.product`
        :param lot: the `stock.lot`, possibly empty
        :rtype: medical.consultation.line
        """
        lines = self.line_ids.filtered(
            lambda line: (
                line.product_id == product
                and line.state == "ordered"
                and not line.parent_id
                and not line.qty_done
                and not line.is_waste
                and line.product_uom_id == product.uom_id
            )
        )
        if product.tracking == "serial":
            return lines.filtered(lambda line: lot and not line.lot_id)[:1]
        same = lines.filtered(lambda line: line.lot_id == lot)
        return (same or lines.filtered(lambda line: lot and not line.lot_id))[:1]

    def _prepare_scanned_vals(self, product, lot, udi=None):
        """Return the values of the line for what was scanned.

        :param product: the `product.product`
        :param lot: the `stock.lot`, possibly empty
        :param str udi: the whole code, when it identifies a device
        :rtype: dict
        """
        return {
            "product_id": product.id,
            "quantity": 1.0,
            "lot_id": lot.id,
            "udi": udi,
        }

    def _find_scanned(self, barcode):
        """Return what a barcode stands for.

        :param str barcode: as the scanner sends it
        :return: `product`, `lot` (possibly empty) and `udi`, or `warning`, which says
            why nothing was found
        :rtype: dict
        """
        lots = self.env["stock.lot"]
        parts = self._parse_gs1(barcode)
        if parts:
            product = self._find_products(self._get_shorter_codes(parts["product"]))
            lot = lots
            if product and parts.get("lot"):
                lot = self._find_lots(parts["lot"], product)
                if not lot:
                    return {
                        "warning": self.env._(
                            "%(product)s has no lot %(lot)s in stock. Receive it "
                            "first, or add the product and choose another lot.",
                            product=product.display_name,
                            lot=parts["lot"],
                        )
                    }
            if product:
                return {"product": product, "lot": lot[:1], "udi": barcode}
        product = self._find_products([barcode])
        if product:
            return {"product": product, "lot": lots}
        found = self._find_lots(barcode)
        if len(found) > 1:
            return {
                "warning": self.env._(
                    "%(barcode)s is a lot of several products (%(products)s): add the "
                    "product, and choose the lot on its line.",
                    barcode=barcode,
                    products=", ".join(found.product_id.mapped("display_name")),
                )
            }
        if found:
            return {"product": found.product_id, "lot": found}
        return {
            "warning": self.env._(
                "Nothing in this clinic has the barcode %(barcode)s. A product needs "
                "it in its field Barcode, a lot as its name.",
                barcode=barcode,
            )
        }

    def _parse_gs1(self, barcode):
        """Return the product and lot that a GS1 code names, empty for other codes.

        Application identifiers: 01 is the product (GTIN), 10 the lot, 21 the serial
        number (GS1 General Specifications).

        :rtype: dict
        """
        nomenclature = self.env.ref(
            "barcodes_gs1_nomenclature.default_gs1_nomenclature",
            raise_if_not_found=False,
        )
        if not nomenclature:
            return {}
        # In sudo mode: nomenclatures are for whoever scans.
        found = {}
        for part in nomenclature.sudo().gs1_decompose_extended(barcode) or []:
            if part["ai"] == "01":
                found["product"] = part["value"]
            elif part["ai"] in ("10", "21"):
                found["lot"] = part["value"]
        return found if "product" in found else {}

    @api.model
    def _get_shorter_codes(self, gtin):
        """Return what a GTIN of 14 digits may be called on the product itself.

        Shorter ones (EAN-13, UPC-A, EAN-8) are filled up with zeros in a GS1 code.

        :rtype: list[str]
        """
        return [
            gtin[filled:] for filled in (0, 1, 2, 6) if not gtin[:filled].strip("0")
        ]

    def _find_products(self, barcodes):
        return self.env["product.product"].search(
            [
                ("barcode", "in", barcodes),
                ("medical_kind", "!=", False),
                ("company_id", "in", [False, self.company_id.id]),
            ],
            limit=1,
        )

    def _find_lots(self, name, product=None):
        domain = [
            ("name", "=", name),
            ("product_id.medical_kind", "!=", False),
            ("company_id", "in", [False, self.company_id.id]),
        ]
        if product:
            domain.append(("product_id", "=", product.id))
        return self.env["stock.lot"].search(domain, limit=5)

    def _warn_of_barcode(self, message):
        return {"warning": {"title": self.env._("Scanned"), "message": message}}
