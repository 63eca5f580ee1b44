"""The GPUs and TPUs that Keras' backend reaches."""


def accelerators() -> list[str]:
    """Return the names of the GPUs and TPUs, such as ``gpu:0``; none on a plain CPU.

    Imports Keras and its backend.
    """
    import keras

    if keras.backend.backend() == "torch":
        # Keras' list of devices has no PyTorch part. Keras has imported torch already.
        import torch  # type: ignore[import-not-found,unused-ignore]

        return [f"gpu:{number}" for number in range(torch.cuda.device_count())]
    # Asked for GPUs by name, JAX raises where there are none; unasked, both list the best they see.
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
