"""Load a Synthea CSV export into a clinic's database: ``./clinic synthea``.

The files are read and checked first (`files`, `reading`, `values`, `mapping`,
`export`: plain Python), then loaded through the addons' own models (`people`,
`catalog`, `visits`, `stock`, `signing`, `documents`), each step committed by itself
(`steps`), and counted in the end (`figures`, `report`). `load` holds it together.
"""
