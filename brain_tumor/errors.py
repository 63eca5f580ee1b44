"""The errors this package raises on purpose.

Each message states the rule, what was received, and what to do about it, so that the command
line and the app can show it as it is.
"""


class BrainTumorError(Exception):
    """Base class: anything a user can understand and act on."""


class DecodeError(BrainTumorError):
    """The bytes are not an image that this project reads."""


class ImageTooLargeError(DecodeError):
    """The image has more pixels than the stated limit."""


class ImageTooSmallError(DecodeError):
    """The image has fewer pixels than the stated limit."""


class IncidentalFileError(DecodeError):
    """A sound file that holds no scan and usually lies beside some, or a second copy of one."""


class DicomError(DecodeError):
    """A DICOM file is damaged, holds no image, or uses a variant that is not read."""


class NiftiError(DecodeError):
    """A NIfTI file is damaged, or uses a variant that is not read."""


class ArchiveError(DecodeError):
    """A ZIP archive, or a member of one, is damaged, unsafe or beyond the stated limits."""


class DatasetError(BrainTumorError):
    """A data folder does not have a layout that can be read, or lacks what is needed."""


class WeightsError(BrainTumorError):
    """Weights are missing, damaged, or do not belong with their description."""


class EngineError(BrainTumorError):
    """The requested inference engine cannot run on this machine."""


class BusyError(BrainTumorError):
    """The network has more to do than it takes on: nothing is wrong, and trying again helps."""


class RunFolderError(BrainTumorError):
    """A training run's folder is missing, damaged, or in use."""


class TrainingError(BrainTumorError):
    """A training run cannot start or cannot go on."""
