//! Kinds of files, told by their first bytes.

use core::fmt;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text with separated fields.
    Csv,
    /// An IDX file.
    Idx,
    /// CIFAR-10 in its binary layout.
    Cifar10,
    /// Packed by gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// Packed by bzip2.
    Bzip2,
    /// Packed by xz.
    Xz,
    /// Packed by Zstandard.
    Zstandard,
    /// Text in UTF-16.
    Utf16,
    /// A pickled Python object.
    Pickle,
    /// An array of NumPy.
    NumPy,
    /// An archive of arrays of NumPy.
    Npz,
    /// A Parquet table.
    Parquet,
    /// An HDF5 file.
    Hdf5,
    /// A picture.
    Picture,
    /// A PDF document.
    Pdf,
    /// A web page.
    Html,
}

/// Bytes from which a format is told; a tar archive names itself at byte 257.
pub(crate) const HEAD: usize = 512;

impl Format {
    /// The format of a file that begins like this; `None` for text, raw bytes and whatever is not listed here.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        // Marks of printable characters are long enough that no table begins with them.
        const MAGIC: [(&[u8], Format); 19] = [
            (b"\x1f\x8b", Format::Gzip),
            (b"PK\x03\x04", Format::Zip),
            (b"PK\x05\x06", Format::Zip),
            (b"\xfd7zXZ\x00", Format::Xz),
            (b"\x28\xb5\x2f\xfd", Format::Zstandard),
            (b"\xff\xfe", Format::Utf16),
            (b"\xfe\xff", Format::Utf16),
            (b"\x80\x02", Format::Pickle),
            (b"\x80\x03", Format::Pickle),
            (b"\x80\x04", Format::Pickle),
            (b"\x80\x05", Format::Pickle),
            (b"\x93NUMPY", Format::NumPy),
            (b"PAR1\x15", Format::Parquet),
            (b"\x89HDF\r\n", Format::Hdf5),
            (b"\x89PNG", Format::Picture),
            (b"\xff\xd8\xff", Format::Picture),
            (b"GIF87a", Format::Picture),
            (b"GIF89a", Format::Picture),
            (b"%PDF-", Format::Pdf),
        ];
        if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(*format);
        }
        if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
            return Some(Self::Bzip2);
        }
        if head.get(257..262) == Some(b"ustar") {
            return Some(Self::Tar);
        }
        let page = |start: &[u8]| {
            let text = head.trim_ascii_start();
            text.len() >= start.len() && text[..start.len()].eq_ignore_ascii_case(start)
        };
        if page(b"<!doctype html") || page(b"<html") {
            return Some(Self::Html);
        }
        match head {
            [0, 0, 8..=14, 1..=8, ..] => Some(Self::Idx),
            // Without a mark: Latin letters and digits have a zero beside them.
            [0, letter, 0, other, ..] | [letter, 0, other, 0, ..]
                if letter.is_ascii_graphic() && (other.is_ascii() && *other != 0) =>
            {
                Some(Self::Utf16)
            }
            _ => None,
        }
    }

    /// What to do with such a file, or what may have gone wrong.
    fn way_out(self) -> &'static str {
        match self {
            Self::Gzip => "it is packed twice: unpack it once",
            Self::Zip | Self::Tar => "unpack it and read a file of it",
            Self::Bzip2 | Self::Xz | Self::Zstandard => "unpack it",
            Self::Utf16 => "save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
            Self::Pickle => "take the binary version of the data set",
            Self::Html => "was its download refused?",
            Self::Csv => "read it by `Csv`",
            Self::Idx => "read it by `Idx`",
            Self::Cifar10 => "read it by `cifar10`",
            Self::NumPy => "read it by `Npy`, with the feature `npy`",
            Self::Npz => "read it by `Npz`, with the feature `npy`",
            Self::Picture => "PNG and JPEG are read by `Pictures`, with the feature `images`",
            Self::Parquet => "`Csv` reads it where it is built with the feature `parquet`",
            Self::Hdf5 | Self::Pdf => "convert it, or build the data set from memory",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "a CSV file",
            Self::Idx => "an IDX file",
            Self::Cifar10 => "a binary file of CIFAR-10",
            Self::Gzip => "a gzip file",
            Self::Zip => "a zip archive",
            Self::Tar => "a tar archive",
            Self::Bzip2 => "a bzip2 file",
            Self::Xz => "an xz file",
            Self::Zstandard => "a Zstandard file",
            Self::Utf16 => "text in UTF-16",
            Self::Pickle => "a Python pickle",
            Self::NumPy => "a NumPy array",
            Self::Npz => "an archive of NumPy arrays",
            Self::Parquet => "a Parquet table",
            Self::Hdf5 => "an HDF5 file",
            Self::Picture => "a picture",
            Self::Pdf => "a PDF document",
            Self::Html => "a web page",
        })
    }
}

/// The end of a message: what the file is, and what to do.
pub(crate) struct Foreign {
    pub(crate) expected: Format,
    pub(crate) found: Format,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(
            f,
            "{expected} was expected, but this is {found}: {}",
            found.way_out()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let mut tar = b"folder/".to_vec();
        tar.resize(257, 0);
        let cases: [(&[u8], Format); 26] = [
            (b"\x1f\x8b\x08\x00", Format::Gzip),
            (b"PK\x03\x04\x14\x00", Format::Zip),
            (b"PK\x05\x06\x00\x00", Format::Zip),
            (&[tar.as_slice(), b"ustar"].concat(), Format::Tar),
            (b"BZh91AY&SY\x00", Format::Bzip2),
            (b"\xfd7zXZ\x00\x00", Format::Xz),
            (b"\x28\xb5\x2f\xfd\x04", Format::Zstandard),
            (b"\xff\xfea\x00", Format::Utf16),
            (b"\xfe\xff\x00a", Format::Utf16),
            (b"a\x00,\x00", Format::Utf16),
            (b"\x00a\x00,", Format::Utf16),
            (b"\x80\x02}q", Format::Pickle),
            (b"\x80\x03}q", Format::Pickle),
            (b"\x80\x04\x95", Format::Pickle),
            (b"\x80\x05\x95", Format::Pickle),
            (b"\x93NUMPY\x01\x00", Format::NumPy),
            (b"PAR1\x15\x04", Format::Parquet),
            (b"\x89HDF\r\n\x1a\n", Format::Hdf5),
            (b"\x89PNG\r\n\x1a\n", Format::Picture),
            (b"\xff\xd8\xff\xe0", Format::Picture),
            (b"GIF89a\x01\x00", Format::Picture),
            (b"%PDF-1.7\n", Format::Pdf),
            (b" \r\n<!doctype HTML>", Format::Html),
            (b"<HTML lang=en>", Format::Html),
            (b"\x00\x00\x08\x03\x00", Format::Idx),
            (b"\x00\x00\x0d\x01\x00", Format::Idx),
        ];
        for (head, format) in cases {
            assert_eq!(Format::of(head), Some(format), "{head:?}");
        }
        // Tables, and what a record of CIFAR-10 may be.
        let others: [&[u8]; 17] = [
            b"",
            b"a",
            b"x,y\n1,2\n",
            b"PAR1,PAR2,kind\n",
            b"BZh1,x\n",
            b"GIF8,x\n",
            b"PK,x\n",
            b"%PDF,x\n",
            b"<h,x\n",
            b"\xef\xbb\xbfx,y\n",
            b"\x00\x00\x00\x00",
            b"\x00\x00\x07\x01",
            b"\x00\x00\x08\x00",
            b"a\x00\x00\x00",
            b"\x00a\x00\x00",
            b"a\x00\xe9\x00",
            b"\x02\x00a\x00",
        ];
        for head in others {
            assert_eq!(Format::of(head), None, "{head:?}");
        }
    }
}
