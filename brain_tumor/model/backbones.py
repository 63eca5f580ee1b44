"""The networks that can be trained; apart from Keras, so that the command line can list them."""

from typing import Final

SHIPPED_BACKBONE: Final = "ResNet152V2"

BACKBONES: Final[tuple[str, ...]] = (
    "ResNet152V2",
    "ResNet101V2",
    "ResNet50V2",
    "VGG16",
    "InceptionV3",
    "Xception",
    "DenseNet121",
    "MobileNetV2",
    "EfficientNetV2B0",
)
"""Networks of ``keras.applications`` offered for training; ResNet152V2 is the one that ships."""
