"""Everything a clinician may upload, as scans and volumes: images, DICOM, NIfTI, ZIP archives.

All of it works in memory on bytes that nobody vouches for: sizes are looked at before anything is
decoded or unpacked, nothing is written to disk, and no tag that names a patient is kept.
"""
