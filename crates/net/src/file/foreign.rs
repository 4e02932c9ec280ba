//! Files of other programs, told by their first bytes.

use core::fmt;

/// A kind of file that holds models elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// What `torch.save` writes.
    PyTorch,
    /// What `model.save("….keras")` writes.
    Keras,
    /// HDF5, the older format of Keras.
    Hdf5,
    /// Arrays of NumPy, `.npz` or `.npy`.
    NumPy,
    /// A pickled Python object, such as a model of scikit-learn.
    Pickle,
    /// ONNX.
    Onnx,
    /// GGUF.
    Gguf,
    /// A zip archive of something else.
    Zip,
    /// Packed by gzip.
    Gzip,
    /// Text.
    Text,
}

/// Bytes from which a format is told.
pub(super) const HEAD: usize = 512;

impl Foreign {
    /// What a file that begins like this is; the caller knows that it is no safetensors file.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let holds = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
        match head {
            [b'P', b'K', 3, 4, ..] => Some(if holds(b"data.pkl") || holds(b".pt") {
                Self::PyTorch
            } else if holds(b"metadata.json") || holds(b"config.json") {
                Self::Keras
            } else if holds(b".npy") {
                Self::NumPy
            } else {
                Self::Zip
            }),
            [0x89, b'H', b'D', b'F', ..] => Some(Self::Hdf5),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::NumPy),
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [b'G', b'G', b'U', b'F', ..] => Some(Self::Gguf),
            // The old format of torch.save begins with a pickled number of 10 bytes.
            [0x80, 2, 0x8a, 0x0a, ..] => Some(Self::PyTorch),
            [0x80, 2..=5, ..] => Some(Self::Pickle),
            // Fields 1 (the version, a small number) and 2 to 8 of a protocol buffer.
            [
                8,
                version @ 1..=20,
                0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42,
                ..,
            ] if *version < 128 => Some(Self::Onnx),
            _ => {
                let letter = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
                let text = !head.is_empty() && head.iter().all(letter);
                text.then_some(Self::Text)
            }
        }
    }

    /// What to do with such a file.
    pub(super) fn way_out(self) -> &'static str {
        match self {
            Self::PyTorch => {
                "convert it with `python -c \"import torch, safetensors.torch as s; d = torch.load('model.pt', map_location='cpu', \
                 weights_only=True); s.save_file({k: v.contiguous() for k, v in d.items()}, 'model.safetensors')\"`, where the \
                 file holds a `state_dict`, and read it with `Model::load_state_dict`"
            }
            Self::Keras | Self::Hdf5 => {
                "convert it with `python -c \"import keras, safetensors.numpy as s; m = keras.models.load_model('model.keras'); \
                 s.save_file({w.path: keras.ops.convert_to_numpy(w) for w in m.weights}, 'model.safetensors')\"` and read it \
                 with `Model::load_state_dict`"
            }
            Self::NumPy => {
                "convert it with `python -c \"import numpy, safetensors.numpy as s; s.save_file(dict(numpy.load('model.npz')), \
                 'model.safetensors')\"` and read it with `Model::load_state_dict`"
            }
            Self::Pickle => {
                "a pickle can run any code and is not read: in Python, hand its arrays to `safetensors.numpy.save_file`, and \
                 read them with `Model::load_state_dict`"
            }
            Self::Onnx => "read it with `Model::import_onnx` (feature `onnx`)",
            Self::Gguf => "write it again as safetensors",
            Self::Zip => "unpack it, and read a file of it",
            Self::Gzip => "unpack it",
            Self::Text => "is it the right file?",
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PyTorch => "a file of torch.save",
            Self::Keras => "a .keras file",
            Self::Hdf5 => "an HDF5 file",
            Self::NumPy => "a file of NumPy",
            Self::Pickle => "a Python pickle",
            Self::Onnx => "an ONNX file",
            Self::Gguf => "a GGUF file",
            Self::Zip => "a zip archive",
            Self::Gzip => "a gzip file",
            Self::Text => "a text",
        })
    }
}
