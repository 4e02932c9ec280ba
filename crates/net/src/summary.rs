//! A network as a table.

use core::fmt;

use gradflow_kernels::Real;

use crate::Network;

/// The layers of a network with their output shapes and numbers of parameters; `Display` prints it as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    input: String,
    rows: Vec<SummaryRow>,
    parameters: usize,
}

/// One layer of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// What the layer is, such as `conv 5@3x3 relu`.
    pub layer: String,
    /// Shape of its output, such as `5x26x26`.
    pub output: String,
    /// Number of its parameters.
    pub parameters: usize,
}

impl<T: Real> Network<T> {
    /// A table of the layers with their shapes and numbers of parameters.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }
}

impl Summary {
    pub(crate) fn of<T: Real>(network: &Network<T>) -> Self {
        let rows = network.layers().map(|layer| SummaryRow {
            layer: layer.spec().name.clone(),
            output: layer.spec().output.to_string(),
            parameters: layer.spec().parameters(),
        });
        Self {
            input: network.input().to_string(),
            rows: rows.collect(),
            parameters: network.parameters(),
        }
    }

    /// The layers in order.
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// Number of parameters of the whole network.
    pub fn parameters(&self) -> usize {
        self.parameters
    }
}

/// Names of a user's layers may be of any length; what is wider than its column stands out.
const MOST_WIDE: usize = 100;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |column: fn(&SummaryRow) -> &str, least: usize| {
            self.rows
                .iter()
                .map(|row| column(row).chars().count())
                .max()
                .unwrap_or(0)
                .clamp(least, MOST_WIDE)
        };
        let layer = widest(|row| &row.layer, "layer".len());
        let output = widest(|row| &row.output, self.input.len().max("output".len()));
        writeln!(
            f,
            " #  {:layer$}  {:>output$}  {:>10}",
            "layer", "output", "parameters"
        )?;
        writeln!(
            f,
            "    {:layer$}  {:>output$}  {:>10}",
            "input", self.input, ""
        )?;
        for (l, row) in self.rows.iter().enumerate() {
            writeln!(
                f,
                "{l:>2}  {:layer$}  {:>output$}  {:>10}",
                row.layer, row.output, row.parameters
            )?;
        }
        write!(
            f,
            "    {:layer$}  {:>output$}  {:>10}",
            "total", "", self.parameters
        )
    }
}
