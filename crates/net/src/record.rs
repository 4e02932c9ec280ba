//! What a model was trained by.

use core::fmt;

use gradflow_kernels::cpu;

use crate::{End, Epoch};

/// How a model was trained: what it keeps, in memory and in its file, of the last [`Run`](crate::Run) that came to its end.
///
/// No clock time, path or number of threads is in it: the same run leaves the same record.
///
/// ```
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol};
///
/// let data = Dataset::<f32>::regression(1, vec![0.0, 1.0], 1, vec![0.0, 2.0])?;
/// let network = Network::builder(1).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// Protocol::new(Adam::new(0.1)).epochs(3).train(&mut model, &data)?;
/// let record = model.record().unwrap();
/// assert_eq!((record.samples, record.epochs.len()), (2, 3));
/// assert!(record.protocol.contains("Adam"));
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Record {
    /// Version of the library.
    pub version: String,
    /// Level of vector instructions: other levels round differently.
    pub level: String,
    /// Samples of an epoch; 0 for a run without a source.
    pub samples: usize,
    /// The [`Protocol`](crate::Protocol), as its `Debug` prints it, up to [`Record::TEXT`] characters.
    pub protocol: String,
    /// The epochs, without their seconds. Of more than [`Record::EPOCHS`] every second, third, … one, and the last.
    pub epochs: Vec<Epoch>,
    /// With early stopping, the epoch whose parameters the model has.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub best: Option<usize>,
    /// How the run ended.
    pub end: String,
    /// Which training of the model it was, counted from 1.
    pub training: usize,
}

impl Record {
    /// Most epochs that are kept.
    pub const EPOCHS: usize = 1000;
    /// Most characters of the protocol that are kept: a trap may have a centre of a million numbers.
    pub const TEXT: usize = 4000;

    /// What is left of a run, of which the samples, the protocol, the epochs and the end are handed in.
    pub(crate) fn of(
        samples: usize,
        protocol: &impl fmt::Debug,
        (epochs, best, end): (&[Epoch], Option<usize>, &End),
        before: Option<&Self>,
    ) -> Self {
        let every = epochs.len().div_ceil(Self::EPOCHS).max(1);
        let kept = epochs
            .iter()
            .filter(|epoch| epoch.epoch % every == 0 || epoch.epoch == epochs.len());
        let timeless = |epoch: &Epoch| Epoch {
            seconds: 0.0,
            ..epoch.clone()
        };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            level: level(),
            samples,
            protocol: text(protocol),
            epochs: kept.map(timeless).collect(),
            best,
            end: end.to_string(),
            training: before.map_or(0, |record| record.training).saturating_add(1),
        }
    }
}

/// The level of vector instructions of this process.
pub(crate) fn level() -> String {
    format!("{:?}", cpu::level())
}

/// The beginning of what `Debug` prints, which is not made any longer than that.
fn text(value: &impl fmt::Debug) -> String {
    struct Short(String);
    impl fmt::Write for Short {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for c in text.chars() {
                if self.0.len() >= Record::TEXT {
                    return Err(fmt::Error);
                }
                self.0.push(c);
            }
            Ok(())
        }
    }
    let mut short = Short(String::new());
    if fmt::write(&mut short, format_args!("{value:?}")).is_err() {
        short.0.push('…');
    }
    short.0
}

impl fmt::Display for Record {
    /// A few lines: the protocol, the last epoch, the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "trained by gradflow {} at CPU level {} on {} samples",
            self.version, self.level, self.samples
        )?;
        writeln!(f, "{}", self.protocol)?;
        if let Some(epoch) = self.epochs.last() {
            writeln!(f, "{epoch}")?;
        }
        write!(f, "{}", self.end)
    }
}
