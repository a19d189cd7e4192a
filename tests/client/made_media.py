"""Small files of every kind, for the tests of media: the fewest bytes that say what each is."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 1, height: int = 1) -> bytes:
    """A PNG's signature and header."""
    chunk = b"IHDR" + struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def wav(seconds: float = 0.01) -> bytes:
    """Silence: 16 bits, one channel, 8 kHz."""
    data = bytes(int(8000 * seconds) * 2)
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return b"RIFF" + struct.pack("<I", 20 + len(head) + len(data)) + b"WAVE" + head + b"data" + data


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP3 = b"\xff\xfb\x90\x64" + bytes(60)
MP3_TAGGED = b"ID3\x04\x00\x00\x00\x00\x00\x00" + MP3
AAC = b"\xff\xf1\x50\x80" + bytes(30)
OGG = b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(20)
OGG_FILM = b"OggS\0\x02" + bytes(22) + b"\x01\x2a\x80theora" + bytes(20)
FLAC = b"fLaC\0\0\0\x22" + bytes(40)
MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(20)
MOV = b"\0\0\0\x14ftypqt  " + bytes(20)
M4A = b"\0\0\0\x18ftypM4A \0\0\2\0" + bytes(20)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(20)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(20)
MKV = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(20)
DOCX = b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(16) + b"\x11\0\0\0word/document.xml"
XLSX = b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(16) + b"\x0f\0\0\0xl/workbook.xml"
ZIP = b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(16) + b"\x05\0\0\0a.txt"
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40)
AVI = b"RIFF\x24\0\0\0AVI LIST" + bytes(20)
