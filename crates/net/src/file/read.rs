//! From the bytes of a file to a model.

use core::ops::Range;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use gradflow_data::open_file;
use gradflow_kernels::Real;
use gradflow_layers::Recipe;
use gradflow_tensor::{Shape, names::meant};

use super::document::Document;
use super::foreign::HEAD;
use super::header::{Header, Tensor};
use super::names::locate;
use super::{FORMAT, FileError, KEYS, Known, numbers};
use crate::checks::check_cost;
use crate::memory::Filling;
use crate::text::excerpt;
use crate::{Model, Network, NetworkError};

impl<T: Real> Model<T> {
    /// Reads a model from a file that [`Model::save`] has written. Predictions have the bits of the model that was saved.
    ///
    /// Nothing is built before all was checked; memory stays within 16 times the file and 32 MiB. Numbers of another type are
    /// converted: `f32` to `f64` exactly, `f64` to the nearest `f32`.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong, and where. A model with layers, activations, losses or features of the user's own needs
    /// [`Model::load_with`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Self::load_with(path, &Known::new())
    }

    /// [`Model::load`] of a model with layers, activations, losses or features of the user's own.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_with(path: impl AsRef<Path>, known: &Known<T>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let (mut file, len) = open(path)?;
        read(&mut file, len, known).map_err(|error| error.at(path))
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(mut bytes: &[u8], known: &Known<T>) -> Result<Self, FileError> {
        let len = bytes.len() as u64;
        read(&mut bytes, len, known)
    }
}

/// A file and its length.
pub(super) fn open(path: &Path) -> Result<(File, u64), FileError> {
    let open = open_file(path).and_then(|file| {
        let len = file.metadata()?.len();
        Ok((file, len))
    });
    open.map_err(|error| FileError::io("opening")(error).at(path))
}

/// The header, and what gives the data behind it.
pub(super) fn header<R>(
    input: &mut dyn Read,
    len: u64,
    then: impl FnOnce(Header, &mut dyn Read) -> Result<R, FileError>,
) -> Result<R, FileError> {
    let mut head = Vec::with_capacity(HEAD);
    let mut first = (&mut *input).take(HEAD as u64);
    let read = first.read_to_end(&mut head);
    read.map_err(FileError::io("reading the header"))?;
    let mut whole = head.as_slice().chain(input);
    let header = Header::read(&head, &mut whole, len)?;
    then(header, &mut whole)
}

fn read<T: Real>(input: &mut dyn Read, len: u64, known: &Known<T>) -> Result<Model<T>, FileError> {
    header(input, len, |header, input| {
        let document = document(&header, len)?;
        let shape = Shape::new(document.input).map_err(NetworkError::Input)?;
        let network = Network::from_recipes(shape, &document.layers, known.layers())?;
        let places = places(&network, &document.layers, &header)?;
        let cost = known.cost(&document.cost)?;
        check_cost(&network, &cost)?;
        let mut theta = Filling::new(network.parameters(), "the parameters")?;
        let mut state = Filling::new(network.spec().state_len(), "the state of the layers")?;
        for (tensor, place) in header.tensors.iter().zip(places) {
            let (to, range) = match place {
                Place::Theta(range) => (&mut theta, range),
                Place::State(range) => (&mut state, range),
            };
            numbers::read(input, tensor, to, range)?;
        }
        let mut model = Model::of_file(network, cost, theta.finish(), state.finish().to_vec());
        if let Some(schema) = document.schema {
            let schema = schema.resolve(known.maps());
            schema.check_resolved()?;
            model.set_schema(Some(schema))?;
        }
        model.put_record(document.record);
        Ok(model)
    })
}

/// The description, of a format that is known.
fn document(header: &Header, len: u64) -> Result<Document, FileError> {
    let format = header.value(KEYS[0]).ok_or(FileError::NoModel)?;
    if format.parse() != Ok(FORMAT) {
        return Err(FileError::Version {
            came: excerpt(format),
            known: FORMAT,
        });
    }
    let text = header.value(KEYS[1]).ok_or(FileError::NoModel)?;
    Document::read(text, len)
}

/// Where the numbers of a tensor belong.
enum Place {
    Theta(Range<usize>),
    State(Range<usize>),
}

/// For each tensor, in the order of the file, its block; all tensors have one, all blocks theirs, of the same dimensions.
fn places<T: Real>(
    network: &Network<T>,
    recipes: &[Recipe],
    header: &Header,
) -> Result<Vec<Place>, FileError> {
    let spec = network.spec();
    let mut expected = BTreeMap::new();
    let place = |range| Place::Theta(range);
    for (blocks, place) in [
        (&spec.blocks, place as fn(Range<usize>) -> Place),
        (&spec.state, |range| Place::State(range)),
    ] {
        for block in blocks {
            let at = locate(recipes, block);
            expected.insert(at.name(), (place(block.range.clone()), at.dims));
        }
    }
    let mut found = Vec::new();
    for tensor in &header.tensors {
        let Some((place, dims)) = expected.remove(&tensor.name) else {
            let near = meant(&tensor.name, expected.keys().map(String::as_str));
            let near = near.map_or(String::new(), |name| format!(": should it be {name:?}?"));
            let fault = format!("the network has no such parameter{near}");
            return Err(FileError::tensor(&tensor.name, fault));
        };
        check(tensor, &dims)?;
        found.push(place);
    }
    match expected.keys().next() {
        None => Ok(found),
        Some(name) => Err(FileError::tensor(name, "the file does not have it")),
    }
}

/// Whether a tensor has floating-point numbers, and these dimensions.
fn check(tensor: &Tensor, dims: &[usize]) -> Result<(), FileError> {
    if !numbers::is_float(&tensor.kind) {
        let fault = format!("{} where F16, BF16, F32 or F64 was expected", tensor.kind);
        return Err(FileError::tensor(&tensor.name, fault));
    }
    let same = tensor.dims.len() == dims.len()
        && tensor.dims.iter().zip(dims).all(|(a, b)| *a == *b as u64);
    if same {
        return Ok(());
    }
    let fault = format!(
        "dimensions {:?} where the network has {dims:?}",
        tensor.dims
    );
    Err(FileError::tensor(&tensor.name, fault))
}
