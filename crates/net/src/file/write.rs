//! From a model to the bytes of its file.

use std::path::Path;

use gradflow_kernels::Real;
use gradflow_layers::Block;

use super::document::Document;
use super::json::quote;
use super::names::locate;
use super::storage::{Disk, Storage, replace};
use super::{FORMAT, FileError, KEYS, numbers};
use crate::Model;

impl<T: Real> Model<T> {
    /// Writes the model to a file: the network, its parameters and the state of its layers, the cost, and what it knows of its data and its
    /// training. [`Model::load`] reads it, in another program too; in Python, `safetensors` does.
    ///
    /// The file is written beside its place, and takes it when it is whole: whatever happens, a file that was there before is there, or
    /// the new one. A process that is killed may leave a file `.NAME.….tmp`.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// # let folder = std::env::temp_dir().join(format!("gradflow-save-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("model.safetensors");
    /// let network = Network::<f32>::builder(4).dense(3, Activation::Identity).build()?;
    /// let model = Model::new(network, Cost::classification(), 1)?;
    /// model.save(&path)?;
    ///
    /// let read = Model::<f32>::load(&path)?;
    /// assert_eq!(read.predict(&[1.0; 4])?, model.predict(&[1.0; 4])?);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FileError`] if a layer has no recipe, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        self.save_on(&mut Disk, path.as_ref())
    }

    pub(super) fn save_on<S: Storage>(
        &self,
        storage: &mut S,
        path: &Path,
    ) -> Result<(), FileError> {
        let saved = self
            .to_bytes()
            .and_then(|bytes| replace(storage, path, &bytes));
        saved.map_err(|error| error.at(path))
    }

    /// The bytes of the model's file. They are a function of the model alone.
    ///
    /// # Errors
    /// [`FileError`] if a layer has no recipe.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileError> {
        let document = Document::of(self)?;
        let text = document.write()?;
        let spec = self.network().spec();
        let mut header = format!(
            "{{\"__metadata__\":{{\"{}\":\"{FORMAT}\",\"{}\":",
            KEYS[0], KEYS[1]
        );
        quote(&text, &mut header);
        header.push('}');
        let (each, mut end) = (size_of::<T>(), 0);
        for block in spec.blocks.iter().chain(&spec.state) {
            let at = locate(&document.layers, block);
            header.push(',');
            quote(&at.name(), &mut header);
            let dims = at.dims;
            let (from, kind) = (end, numbers::kind::<T>());
            end += block.range.len() * each;
            header += &format!(
                ":{{\"dtype\":\"{kind}\",\"shape\":{dims:?},\"data_offsets\":[{from},{end}]}}"
            );
        }
        header.push('}');
        while !header.len().is_multiple_of(8) {
            header.push(' ');
        }
        let mut bytes = Vec::new();
        let len = end.saturating_add(header.len() + 8);
        let reserved = bytes.try_reserve_exact(len);
        reserved.map_err(|_| FileError::memory("the file", len as u64))?;
        bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        let write = |of: &[T], blocks: &[Block], to: &mut Vec<u8>| {
            for block in blocks {
                numbers::write(&of[block.range.clone()], to);
            }
        };
        write(self.theta(), &spec.blocks, &mut bytes);
        write(self.state(), &spec.state, &mut bytes);
        Ok(bytes)
    }
}
