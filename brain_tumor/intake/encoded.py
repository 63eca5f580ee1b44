"""Images as their files hold them: a large upload never lies there as pixels."""

from dataclasses import dataclass, field

from brain_tumor.imaging.decode import Scan, check_header, decode


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A PNG, JPEG, TIFF, BMP or WebP file whose header has been judged; see ``encoded_image``.

    DICOM slices are not kept like this: their files name the patient, and decoded to 8 bits they
    are the smaller.

    Attributes:
        data: the file.
        pixels: width times height as the header has it.
    """

    data: bytes = field(repr=False)
    pixels: int

    def decode(self) -> Scan:
        """Decode the image, every time anew.

        Raises:
            DecodeError: the file is damaged beyond its header.
        """
        return decode(self.data)


def encoded_image(data: bytes) -> EncodedImage:
    """Judge an image file by its header.

    Raises:
        DecodeError: the header says already that it cannot be read, see ``decode.check_header``.
    """
    return EncodedImage(data, check_header(data))
