//! What a run is, as a text: checkpoints of one run are not taken up by another.

use core::fmt::{self, Write};

use gradflow_kernels::Real;
use gradflow_optim::Method;

use crate::file::checkpoint::{DATA, VALIDATION};
use crate::fnv::Fnv;
use crate::minibatch::Assembly;
use crate::{Run, Source, TrainingError};

/// Most characters of a value that are written out.
const LONGEST: usize = 1000;

impl<T: Real, M: Method<T>> Run<'_, T, M> {
    /// Lines `what = value` of all that decides the numbers of a run, but for the number of epochs: it may grow.
    pub(super) fn identity(&mut self) -> Result<String, TrainingError> {
        let network = self.model.network();
        let mut text = line("numbers", &format_args!("{}", T::NAME));
        text += &line("input", &network.input().dims());
        for (l, layer) in network.layers().enumerate() {
            let name = format!("layer {l}");
            text += &match layer.recipe() {
                Some(recipe) => line(&name, &recipe),
                None => line(&name, &layer.spec().name),
            };
        }
        text += &line("cost", self.model.cost());
        let protocol = &self.protocol;
        text += &line("rule", &protocol.descent);
        text += &line("batch", &protocol.batch);
        text += &line("pieces", &protocol.pieces);
        text += &line("seed", &protocol.seed);
        text += &line("frozen", &protocol.frozen);
        text += &line("schedule by epoch", &protocol.by_epoch);
        text += &line("plateau", &protocol.plateau);
        text += &line("early stopping", &protocol.early_stopping);
        text += &line("average", &protocol.average);
        text += &self.told;
        text += &line("samples", &self.samples);
        if let (Some(source), Some(assembly)) = (&mut self.source, &mut self.assembly) {
            let model = &*self.model;
            let digest = assembly.digest(&mut **source, model.cost(), model.workers())?;
            text += &line(DATA, &format_args!("{digest:016x}"));
        }
        if let Some((samples, _)) = &mut self.validation {
            let model = &*self.model;
            text += &line("validation samples", &Source::len(samples));
            let most = self.batch.min(Source::len(samples));
            let mut assembly = Assembly::new(samples, model.network(), most)?;
            let digest = assembly.digest(samples, model.cost(), model.workers())?;
            text += &line(VALIDATION, &format_args!("{digest:016x}"));
        }
        Ok(text)
    }

    /// Tells the run of something else that decides its numbers, what its first parameters or its samples were made by: a checkpoint of a run
    /// that was told otherwise is not taken up.
    #[cfg(feature = "experiment")]
    pub(crate) fn told(mut self, what: &str, value: &impl fmt::Debug) -> Self {
        self.told += &line(what, value);
        self
    }

    /// Says anew what the run is, of one that saves itself and has changed.
    pub(super) fn identify(&mut self) -> Result<(), TrainingError> {
        if self.keep.is_some() {
            let run = self.identity()?;
            if let Some(keep) = &mut self.keep {
                keep.run = run;
            }
        }
        Ok(())
    }
}

/// One line; a long value by its beginning and a digest of the whole.
fn line(what: &str, value: &impl fmt::Debug) -> String {
    let mut short = Short {
        text: format!("{what} = "),
        left: LONGEST,
        digest: Fnv::default(),
    };
    // The writer below never fails.
    let _ = write!(short, "{value:?}");
    if short.left == 0 {
        let _ = write!(short.text, "… {:016x}", short.digest.0);
    }
    short.text.push('\n');
    short.text
}

/// Keeps the beginning of what is written, on one line, and a digest of all.
struct Short {
    text: String,
    left: usize,
    digest: Fnv,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.digest.add(text.as_bytes());
        for c in text.chars().take(self.left) {
            self.left -= 1;
            self.text.push(if c == '\n' { ' ' } else { c });
        }
        Ok(())
    }
}
