//! Weights from other programs into a network that is described here.

use core::cmp::Ordering;
use core::fmt;
use std::io::Read;
use std::path::Path;

use gradflow_kernels::{Aligned, Real};
use gradflow_layers::{Describe, Recipe};

use super::header::{Header, Tensor};
use super::layout::{Layout, is_aside, layout, leaf};
use super::slots::{NamedBlock, Slot, slots};
use super::{FileError, numbers, read};
use crate::Model;
use crate::memory::Filling;

/// Which tensor went where, by [`Model::load_state_dict`]; `Display` prints a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// A row for each block of parameters and state.
    pub rows: Vec<LoadedRow>,
}

/// Where the numbers of a block came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedRow {
    /// The tensor of the file; `None` for a bias or a gain that the file does not have: it became 0 or 1.
    pub tensor: Option<String>,
    /// The block, as [`Model::parameter`] knows it; of state, as the layer calls it.
    pub block: String,
    /// How the numbers were moved: nothing, or `from [in, out]`.
    pub layout: &'static str,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |row: &LoadedRow| row.tensor.clone().unwrap_or_else(|| "(none)".into());
        let width = |row: &LoadedRow| name(row).chars().count();
        let width = self.rows.iter().map(width).max().unwrap_or(0);
        for row in &self.rows {
            let line = format!("{:<width$} -> {} {}", name(row), row.block, row.layout);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A module of another program: tensors whose names begin alike.
struct Module<'h> {
    name: &'h str,
    /// Each with the end of its name.
    tensors: Vec<(&'h str, usize)>,
    used: bool,
}

/// Where the numbers of a block come from.
enum From {
    Tensor(usize, Layout),
    Constant(f64),
}

impl<T: Real> Model<T> {
    /// Takes parameters and layer state from a safetensors file of another program: a `state_dict` of PyTorch, or the weights of Keras by
    /// their paths. Numbers of half precision are widened. Says which tensor went where.
    ///
    /// Each layer takes the first module, in natural order of the names (`conv2` before `conv10`), that fits: the same blocks of the
    /// same dimensions. Modules of equal dimensions go to equal layers in that order; where it is not that of the network, look at the table
    /// and name the pairs, [`Model::load_state_dict_as`].
    ///
    /// * PyTorch: `weight`, `bias`, `running_mean`, `running_var`; `Conv1d` has no vertical dimension. A bias that is not there is 0.
    /// * Keras: `kernel [in, out]` and `[v, h, in, out]`, `gamma`, `beta`, `moving_mean`, `moving_variance`. A dense layer behind `Flatten` reads a
    ///   picture with its channels last, which is taken into account. Its batch normalisation has `epsilon` 1e-3.
    ///
    /// ```no_run
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// // nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    /// let network = Network::<f32>::builder(4)
    ///     .dense(16, Activation::Tanh)
    ///     .dense(3, Activation::Identity)
    ///     .build()?;
    /// let mut model = Model::new(network, Cost::classification(), 1)?;
    /// // 0.weight -> 0.weight …, 2.bias -> 1.bias
    /// println!("{}", model.load_state_dict("model.safetensors")?);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FileError`] with the first tensor that does not fit; the model then stays as it was.
    pub fn load_state_dict(&mut self, path: impl AsRef<Path>) -> Result<Loaded, FileError> {
        self.load_state_dict_as(path, &[])
    }

    /// [`Model::load_state_dict`] with pairs of a layer (`"0"`, or `"3.1.0"` within containers) and its module in the file (`"conv1"`);
    /// layers that are not named find theirs.
    ///
    /// # Errors
    /// As [`Model::load_state_dict`], and if there is no such layer or module.
    pub fn load_state_dict_as(
        &mut self,
        path: impl AsRef<Path>,
        pairs: &[(&str, &str)],
    ) -> Result<Loaded, FileError> {
        let path = path.as_ref();
        let (mut file, len) = read::open(path)?;
        let loaded = read::header(&mut file, len, |header, input| {
            let recipes = recipes(self);
            let slots = slots(self.network(), &recipes);
            let found = find(&header, &slots, pairs)?;
            let mut tensors = Vec::new();
            for tensor in &header.tensors {
                tensors.push(values(input, tensor)?);
            }
            self.fill(&header, &slots, &found, &tensors)
        });
        loaded.map_err(|error| error.at(path))
    }

    /// Puts the numbers where they belong.
    fn fill(
        &mut self,
        header: &Header,
        slots: &[Slot],
        found: &[Vec<From>],
        tensors: &[Aligned<T>],
    ) -> Result<Loaded, FileError> {
        let (mut theta, mut state) = (self.theta().to_vec(), self.state().to_vec());
        let mut rows = Vec::new();
        for (slot, found) in slots.iter().zip(found) {
            for (part, from) in slot.blocks.iter().zip(found) {
                let to = match part.is_state {
                    true => &mut state[part.range.clone()],
                    false => &mut theta[part.range.clone()],
                };
                let (tensor, layout) = match from {
                    From::Constant(value) => {
                        to.fill(T::from_f64(*value));
                        (None, "")
                    }
                    From::Tensor(tensor, layout) => {
                        let len = to.len();
                        for (i, to) in to.iter_mut().enumerate() {
                            *to = tensors[*tensor][layout.place(i, len)];
                        }
                        (Some(header.tensors[*tensor].name.clone()), layout.name())
                    }
                };
                let block = format!("{}.{}", slot.name, part.own);
                rows.push(LoadedRow {
                    tensor,
                    block,
                    layout,
                });
            }
        }
        self.put(&theta, &state);
        Ok(Loaded { rows })
    }
}

/// Recipes of the layers; one that has none is a name.
fn recipes<T: Real>(model: &Model<T>) -> Vec<Recipe> {
    let layers = model.network().layers();
    layers
        .map(|layer| {
            let recipe = Describe::recipe(layer);
            recipe.unwrap_or_else(|| Recipe::named(layer.spec().name.clone(), []))
        })
        .collect()
}

/// The numbers of a tensor; none, if it is nothing of the network's.
fn values<T: Real>(input: &mut dyn Read, tensor: &Tensor) -> Result<Aligned<T>, FileError> {
    if !numbers::is_float(&tensor.kind) {
        let bytes = tensor.to - tensor.from;
        let skipped = std::io::copy(&mut (&mut *input).take(bytes), &mut std::io::sink());
        skipped.map_err(FileError::io("reading the numbers"))?;
        return Ok(Filling::new(0, "a tensor")?.finish());
    }
    // The header was checked: so many bytes are in the file.
    let len = tensor.dims.iter().product::<u64>() as usize;
    let mut values = Filling::new(len, "a tensor")?;
    numbers::read(input, tensor, &mut values, 0..len)?;
    Ok(values.finish())
}

/// For each layer, in order, where its blocks come from.
fn find(
    header: &Header,
    slots: &[Slot],
    pairs: &[(&str, &str)],
) -> Result<Vec<Vec<From>>, FileError> {
    let mut modules = modules(header);
    for (name, _) in pairs {
        if !slots.iter().any(|slot| slot.name == *name) {
            let known: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
            let fault = format!(
                "is no layer with parameters; these are {}",
                known.join(", ")
            );
            return Err(FileError::tensor(name, fault));
        }
    }
    // A file of a model of this library, or one that is named alike.
    let alike = slots
        .iter()
        .all(|slot| modules.iter().any(|module| module.name == slot.module));
    let mut found: Vec<Option<Vec<From>>> = slots.iter().map(|_| None).collect();
    for (slot, found) in slots.iter().zip(&mut found) {
        let pair = pairs.iter().find(|(name, _)| *name == slot.name);
        let name = pair.map(|(_, module)| *module);
        let Some(name) = name.or(alike.then_some(&*slot.module)) else {
            continue;
        };
        let Some(module) = modules.iter_mut().find(|module| module.name == name) else {
            return Err(FileError::tensor(name, "the file has no such module"));
        };
        *found = Some(fit(header, slot, module)?);
        module.used = true;
    }
    for (slot, found) in slots.iter().zip(&mut found) {
        if found.is_none() {
            let open = modules.iter_mut().filter(|module| !module.used);
            *found = Some(first_that_fits(header, slot, open)?);
        }
    }
    if let Some(module) = modules.iter().find(|module| !module.used) {
        let (_, tensor) = module.tensors[0];
        let fault = "no layer of the network is left for it";
        return Err(FileError::tensor(&header.tensors[tensor].name, fault));
    }
    Ok(found.into_iter().flatten().collect())
}

fn first_that_fits<'m, 'h: 'm>(
    header: &Header,
    slot: &Slot,
    open: impl Iterator<Item = &'m mut Module<'h>>,
) -> Result<Vec<From>, FileError> {
    let mut first = None;
    for module in open {
        match fit(header, slot, module) {
            Ok(found) => {
                module.used = true;
                return Ok(found);
            }
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    let nothing = || {
        let fault = format!("the file has nothing left for layer {}", slot.name);
        FileError::tensor(&slot.module, fault)
    };
    Err(first.unwrap_or_else(nothing))
}

/// The tensors, by what stands before the last point or stroke of their names, in natural order.
fn modules(header: &Header) -> Vec<Module<'_>> {
    let mut modules: Vec<Module<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (index, tensor) in header.tensors.iter().enumerate() {
        let (name, leaf) = tensor
            .name
            .rsplit_once(['.', '/'])
            .unwrap_or(("", &tensor.name));
        if is_aside(leaf) {
            continue;
        }
        let place = *places.entry(name).or_insert(modules.len());
        if place == modules.len() {
            modules.push(Module {
                name,
                tensors: Vec::new(),
                used: false,
            });
        }
        modules[place].tensors.push((leaf, index));
    }
    modules.sort_by(|a, b| natural(a.name, b.name));
    modules
}

/// Where the blocks of a layer come from, if all tensors of a module belong to them.
fn fit(header: &Header, slot: &Slot, module: &Module<'_>) -> Result<Vec<From>, FileError> {
    let mut found: Vec<Option<From>> = slot.blocks.iter().map(|_| None).collect();
    for (name, index) in &module.tensors {
        let tensor = &header.tensors[*index];
        let refuse = |fault: String| Err(FileError::tensor(&tensor.name, fault));
        let leaf = leaf(name);
        let parts = slot.blocks.iter().zip(&mut found);
        let part = parts
            .into_iter()
            .find(|(part, _)| part.leaf == leaf || part.own == *name);
        let Some((part, found)) = part else {
            return refuse(format!("layer {} has no {leaf:?}", slot.name));
        };
        if !numbers::is_float(&tensor.kind) {
            return refuse(format!(
                "{} where F16, BF16, F32 or F64 was expected",
                tensor.kind
            ));
        }
        match layout(&slot.recipe, name, slot.input, &part.dims, &tensor.dims) {
            Ok(layout) => *found = Some(From::Tensor(*index, layout)),
            Err(expected) => {
                let (place, came) = (&slot.name, &tensor.dims);
                return refuse(format!(
                    "dimensions {came:?} where layer {place} of the network takes {expected:?}"
                ));
            }
        }
    }
    let complete = slot.blocks.iter().zip(found).map(|(part, found)| {
        found.or_else(|| usual(&slot.recipe, part)).ok_or_else(|| {
            let name = format!("{}.{}", module.name, part.leaf);
            let fault = format!("the file does not have it, but layer {} does", slot.name);
            FileError::tensor(&name, fault)
        })
    });
    complete.collect()
}

/// What a block is that other programs leave out: a bias of 0, a gain of 1.
fn usual(recipe: &Recipe, part: &NamedBlock) -> Option<From> {
    use Recipe::{BatchNorm, Conv, Dense, Depthwise, LayerNorm};
    match (recipe, part.own.as_str()) {
        (Dense { .. } | Conv { .. } | Depthwise { .. }, "bias") => Some(From::Constant(0.0)),
        (BatchNorm { .. } | LayerNorm { .. }, "shift") => Some(From::Constant(0.0)),
        (BatchNorm { .. } | LayerNorm { .. }, "gain") => Some(From::Constant(1.0)),
        _ => None,
    }
}

/// Numbers in names count as such: `conv2` comes before `conv10`.
fn natural(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut a, mut b) = (a, b);
    loop {
        let (m, n) = (digits(a), digits(b));
        if m > 0 && n > 0 {
            let trim = |text: &str| text.trim_start_matches('0').len();
            let (x, y) = (&a[..m], &b[..n]);
            let order = trim(x)
                .cmp(&trim(y))
                .then_with(|| x.trim_start_matches('0').cmp(y.trim_start_matches('0')));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (&a[m..], &b[n..]);
            continue;
        }
        let (mut x, mut y) = (a.chars(), b.chars());
        match (x.next(), y.next()) {
            (None, None) => return Ordering::Equal,
            (p, q) if p != q => return p.cmp(&q),
            _ => (a, b) = (x.as_str(), y.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count() {
        let mut names = [
            "conv10", "fc", "conv2", "conv", "dense_1", "dense", "2.0", "10.0", "2",
        ];
        names.sort_by(|a, b| natural(a, b));
        let sorted = [
            "2", "2.0", "10.0", "conv", "conv2", "conv10", "dense", "dense_1", "fc",
        ];
        assert_eq!(names, sorted);
    }
}
