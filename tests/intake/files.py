"""DICOM and NIfTI files and ZIP archives made in memory."""

import io
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
"""Test files that come in pydicom's wheel."""

PATIENT = {
    "PatientName": "Zwölffinger^Quirin",
    "PatientID": "PID-7731-QX",
    "PatientBirthDate": "19570923",
    "PatientAddress": "Rosengasse 4711",
    "OtherPatientIDs": "OTHERID-5150",
    "PatientComments": "secretcomment",
    "InstitutionName": "Klinikum Nirgendwo",
    "InstitutionAddress": "Nirgendweg 99",
    "ReferringPhysicianName": "Overweg^Referring",
    "PerformingPhysicianName": "Performer^Petra",
    "OperatorsName": "Operator^Otto",
    "AccessionNumber": "ACC998877",
    "StudyID": "STUDY4242",
    "StudyDescription": "studydescription Zwölffinger",
    "SeriesDescription": "seriesdescription Zwölffinger",
    "ProtocolName": "protocol Zwölffinger",
    "StationName": "STATION77",
    "DeviceSerialNumber": "SERIAL123987",
    "StudyDate": "20230517",
    "StudyTime": "134501.123",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.7310245918",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.8.498.6402859173",
}
"""Tags that name a patient, a person, a place or a date."""


def dicom_dataset(pixels: np.ndarray, **tags: Any) -> Dataset:
    """A minimal MR image; ``tags`` are added, or taken away where None."""
    colour = pixels.ndim >= 3 and pixels.shape[-1] == 3
    frames = pixels.ndim - (3 if colour else 2)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.9157340628"
    dataset.Modality = "MR"
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    if frames:
        dataset.NumberOfFrames = pixels.shape[0]
    dataset.Rows, dataset.Columns = pixels.shape[frames : frames + 2]
    dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes().ljust(pixels.nbytes + pixels.nbytes % 2, b"\0")
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def saved(dataset: Dataset) -> bytes:
    """A data set as a file with preamble and file information."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def bare(dataset: Dataset) -> bytes:
    """A data set as a file without preamble and file information."""
    buffer = io.BytesIO()
    del dataset.file_meta
    dataset.save_as(buffer, implicit_vr=True, little_endian=True)
    return buffer.getvalue()


def make_dicom(pixels: np.ndarray, **tags: Any) -> bytes:
    """A DICOM file."""
    return saved(dicom_dataset(pixels, **tags))


def item(**tags: Any) -> Dataset:
    """A sequence item."""
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(
            dataset,
            keyword,
            Sequence(value)
            if isinstance(value, list) and (value and isinstance(value[0], Dataset))
            else value,
        )
    return dataset


def voi(first: int, table: np.ndarray, bits: int = 16, **tags: str) -> dict[str, Any]:
    """Tags of a VOI table whose first entry is for the value ``first``."""
    entries = len(table) % 2**16
    lut = item(LUTDescriptor=[entries, first, bits], LUTData=table.astype("<u2").tobytes())
    lut["LUTDescriptor"].VR, lut["LUTData"].VR = "SS" if first < 0 else "US", "OW"
    return {"VOILUTSequence": Sequence([lut]), **tags}


def phantom(shape: tuple[int, int, int] = (40, 44, 48)) -> np.ndarray:
    """An int16 block (Z, Y, X) that no turn or mirroring leaves as it is; 0..1000."""
    z, y, x = np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij")
    values = 500 * z + 200 * y**2 + 100 * x**3
    values[2:8, 20:30, 5:15] = 1000
    values[0, 0, 0] = 0
    return values.astype(np.int16)


AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def axial_series(volume: np.ndarray, step: float = 2.0, **tags: Any) -> list[bytes]:
    """Files of an axial series from (Z, Y, X) in RAS+ order: slice 0 is the lowest."""
    count, height, width = volume.shape
    return [
        make_dicom(
            np.ascontiguousarray(volume[z, ::-1, ::-1]),  # as stored: front up, right on the left
            ImageOrientationPatient=list(AXIAL),
            ImagePositionPatient=[-width / 2, -height / 2, z * step - 7],
            PixelSpacing=[1.0, 1.0],
            SliceThickness=step,
            InstanceNumber=count - z,
            **tags,
        )
        for z in range(count)
    ]


def make_nifti(
    values: np.ndarray,
    affine: np.ndarray | None = None,
    slope: float | None = None,
    version: int = 1,
    **fields: Any,
) -> bytes:
    """A NIfTI file from (X, Y, Z[, T])."""
    image_type = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    image = image_type(values, np.eye(4) if affine is None else affine)
    for name, value in fields.items():
        image.header[name] = value
    if slope is not None:
        image.header.set_slope_inter(slope, 0)
    return image.to_bytes()


def make_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)  # dated 1980, always
    return buffer.getvalue()
