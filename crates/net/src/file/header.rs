//! The header of a safetensors file: which tensors there are, and where.
//!
//! ```text
//! 8 bytes      n, little-endian
//! n bytes      JSON: {"__metadata__": {"…": "…"},
//!                "name": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}, …}
//! the rest     the numbers, little-endian, row-major, one tensor behind the other without gaps
//! ```

use std::io::Read;

use super::foreign::Foreign;
use super::json::Json;
use super::{FileError, MOST_DIMS};

/// The largest header that is read: the limit of the reference implementation.
const MOST_BYTES: u64 = 100_000_000;

/// A tensor of the file.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) dims: Vec<u64>,
    /// Its bytes, from the beginning of the data.
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What a header says, checked: tensors in the order of the file, with the sizes that their dimensions say, without gaps, and nothing behind.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) metadata: Vec<(String, String)>,
    pub(super) tensors: Vec<Tensor>,
}

/// Bytes of a number of this kind; `None` if it is not one.
pub(super) fn bytes_of(kind: &str) -> Option<u64> {
    Some(match kind {
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" => 1,
        "U16" | "I16" | "F16" | "BF16" => 2,
        "U32" | "I32" | "F32" => 4,
        "U64" | "I64" | "F64" => 8,
        _ => return None,
    })
}

impl Header {
    /// Reads the header of a file of `len` bytes that begins with `head`; `input` gives the file from its first byte, and then stands at
    /// the data.
    pub(super) fn read(head: &[u8], input: &mut dyn Read, len: u64) -> Result<Self, FileError> {
        let text = text(head, input, len)?;
        let data = len - 8 - text.len() as u64;
        let mut header = Self {
            metadata: Vec::new(),
            tensors: Vec::new(),
        };
        let mut json = Json::new(&text, 8);
        json.object(|json, key| {
            if key == "__metadata__" {
                if !header.metadata.is_empty() {
                    return Err(json.wrong("`__metadata__` once"));
                }
                return json.object(|json, key| {
                    let value = json.string()?;
                    header.metadata.push((key, value));
                    Ok(())
                });
            }
            header.tensors.push(Tensor::read(json, key)?);
            Ok(())
        })?;
        json.end()?;
        header.check(data)?;
        Ok(header)
    }

    /// Whether names differ, and tensors fill the data.
    fn check(&mut self, data: u64) -> Result<(), FileError> {
        let mut names: Vec<&str> = self.tensors.iter().map(|t| t.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(FileError::tensor(pair[0], "the name occurs twice"));
        }
        let mut keys: Vec<&str> = self.metadata.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            let fault = "the key of `__metadata__` occurs twice";
            return Err(FileError::tensor(pair[0], fault));
        }
        self.tensors.sort_by_key(|tensor| (tensor.from, tensor.to));
        let mut end = 0;
        for tensor in &self.tensors {
            tensor.check()?;
            if tensor.from > end {
                let (from, to) = (end, tensor.from);
                return Err(FileError::Gap { from, to });
            }
            if tensor.from < end {
                let fault = format!(
                    "begins at byte {} of the data, but the tensor before it ends at byte {end}",
                    tensor.from
                );
                return Err(FileError::tensor(&tensor.name, fault));
            }
            end = tensor.to;
            if end > data {
                let fault = format!("ends at byte {end} of the data, of which the file has {data}");
                return Err(FileError::tensor(&tensor.name, fault));
            }
        }
        match end == data {
            true => Ok(()),
            false => Err(FileError::Gap {
                from: end,
                to: data,
            }),
        }
    }

    /// The value of a key of `__metadata__`.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let mut pairs = self.metadata.iter();
        pairs
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }
}

impl Tensor {
    fn read(json: &mut Json<'_>, name: String) -> Result<Self, FileError> {
        let (mut kind, mut dims, mut offsets) = (None, None, None);
        json.object(|json, key| {
            let twice = match key.as_str() {
                "dtype" => kind.replace(json.string()?).is_some(),
                "shape" => dims.replace(json.numbers(MOST_DIMS)?).is_some(),
                "data_offsets" => offsets.replace(json.numbers(2)?).is_some(),
                _ => return Err(json.wrong("`dtype`, `shape` or `data_offsets`")),
            };
            match twice {
                true => Err(json.wrong("each field once")),
                false => Ok(()),
            }
        })?;
        match (kind, dims, offsets.as_deref()) {
            (Some(kind), Some(dims), Some(&[from, to])) => Ok(Self {
                name,
                kind,
                dims,
                from,
                to,
            }),
            _ => Err(json.wrong("a tensor with `dtype`, `shape` and two `data_offsets`")),
        }
    }

    /// Whether it has as many bytes as its dimensions say.
    fn check(&self) -> Result<(), FileError> {
        let Some(each) = bytes_of(&self.kind) else {
            let kind = crate::text::excerpt(&self.kind);
            return Err(FileError::tensor(
                &self.name,
                format!("the dtype {kind:?} is not known"),
            ));
        };
        let mut dims = self.dims.iter();
        let bytes = dims.try_fold(each, |n, d| n.checked_mul(*d));
        if bytes.is_some() && bytes == self.to.checked_sub(self.from) {
            return Ok(());
        }
        let (dims, kind, from, to) = (&self.dims, &self.kind, self.from, self.to);
        let fault =
            format!("the dimensions {dims:?} of {kind} do not take the bytes {from} to {to}");
        Err(FileError::tensor(&self.name, fault))
    }
}

/// The JSON text of a file that begins with `head`; `input` gives the whole file, from its first byte.
fn text(head: &[u8], input: &mut dyn Read, len: u64) -> Result<String, FileError> {
    let size = head
        .first_chunk::<8>()
        .map(|bytes| u64::from_le_bytes(*bytes));
    if head.get(8) != Some(&b'{')
        && let Some(found) = Foreign::of(head)
    {
        return Err(FileError::Foreign { found });
    }
    let short = |what, expected| FileError::Short {
        what,
        expected,
        came: len,
    };
    let Some(size) = size else {
        return Err(short("the length of a header alone takes", 8));
    };
    if size > MOST_BYTES {
        let (at, expected) = (0, "the length of a header, at most 100 million bytes,");
        return Err(FileError::Header { at, expected });
    }
    // A device has a length of 0, whatever can be read from it.
    if len.checked_sub(8).is_none_or(|behind| size > behind) {
        return Err(short("its header ends at", size + 8));
    }
    let mut bytes = Vec::new();
    let reserved = bytes.try_reserve_exact(size as usize);
    reserved.map_err(|_| FileError::memory("the header", size))?;
    bytes.resize(size as usize, 0);
    let doing = "reading the header";
    input
        .read_exact(&mut [0; 8])
        .map_err(FileError::io(doing))?;
    input.read_exact(&mut bytes).map_err(FileError::io(doing))?;
    String::from_utf8(bytes).map_err(|error| FileError::Header {
        at: 8 + error.utf8_error().valid_up_to() as u64,
        expected: "UTF-8",
    })
}
