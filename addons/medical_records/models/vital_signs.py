from typing import NamedTuple


class VitalSign(NamedTuple):
    """What there is to know about one vital sign.

    The range is what a living person can plausibly have, at any age: outside of it a
    value was probably mistyped, or is an emergency. It warns and refuses nothing.
    """

    field: str
    unit: str
    loinc: str
    minimum: float
    maximum: float


# In the order of the report; the position of a sign is part of the report's ids.
VITAL_SIGNS = (
    VitalSign("systolic_pressure", "mmHg", "8480-6", 60, 250),
    VitalSign("diastolic_pressure", "mmHg", "8462-4", 30, 150),
    VitalSign("heart_rate", "/min", "8867-4", 30, 220),
    VitalSign("respiratory_rate", "/min", "9279-1", 6, 70),
    VitalSign("temperature", "°C", "8310-5", 34, 42),
    VitalSign("oxygen_saturation", "%", "2708-6", 70, 100),
    VitalSign("weight", "kg", "29463-7", 0.5, 300),
    VitalSign("height", "cm", "8302-2", 30, 230),
    VitalSign("body_mass_index", "kg/m²", "39156-5", 8, 70),
)
# What is measured; the body mass index follows from it.
MEASURED_SIGNS = tuple(sign for sign in VITAL_SIGNS if sign.field != "body_mass_index")
