"""The DICOM tags that are looked at, and the values of them that are kept."""

from typing import Final

MODALITIES: Final = frozenset(
    {"CR", "CT", "DX", "ES", "IO", "MG", "MR", "NM", "OT", "PT", "PX", "RF", "RG", "SC", "SM"}
    | {"US", "XA", "XC"}
)
"""Values of Modality that are kept; another counts as "OTHER"."""

OTHER_MODALITIES: Final = MODALITIES - {"MR", "OT", "SC"}
"""Those that are certainly no MRI: other machines made the images."""

HEAD_PARTS: Final = frozenset({"BRAIN", "HEAD", "HEADNECK", "SKULL", "PITUITARY", "SELLA"})
"""Values of Body Part Examined that mean the head, kept as they are; another counts as "OTHER"."""

TAGS: Final = [
    "DirectoryRecordSequence",
    "Modality",
    "BodyPartExamined",
    "SeriesInstanceUID",
    "InstanceNumber",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "RescaleSlope",
    "RescaleIntercept",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]
"""Only these are parsed: what names a patient, a place or a person is never even looked at."""
