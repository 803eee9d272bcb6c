import { registry } from "@web/core/registry";

// A patient finds an invoice, reads it, and finds the receipt of another day.
registry.category("web_tour.tours").add("medical_portal_documents", {
    url: "/my/home",
    steps: () => [
        {
            content: "Open the documents",
            trigger: "a[href*='/my/invoices']:contains('Your Invoices')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the invoice",
            trigger: "tr:contains('Waiting for Payment') a[href*='/my/invoices/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The invoice says what was done, when and by whom",
            trigger: ":iframe td:contains('Suture')",
        },
        {
            trigger: ":iframe div[name='medical_practitioners']:contains('LIC-1')",
        },
        {
            trigger: ":iframe div[name='medical_visits']:contains('03/02/2026')",
        },
        {
            content: "It can be downloaded",
            trigger: "a.o_download_btn",
        },
        {
            content: "Go back to the documents",
            trigger: ".o_portal_submenu a[href*='/my/invoices']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the receipt",
            trigger: "tr:contains('Paid') a[href*='/my/invoices/']:contains('REC')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The receipt says how it was paid",
            trigger: ":iframe tr[name='medical_payment']:contains('Cash')",
        },
    ],
});
