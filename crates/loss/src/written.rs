//! A loss in a file.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{CostError, CustomLoss, Loss};

/// What a file says.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Loss", deny_unknown_fields)]
enum Fields {
    SquaredError,
    CrossEntropy,
    CategoricalCrossEntropy,
    Huber { delta: f64 },
    AbsoluteError,
    Quantile { tau: f64 },
    Hinge,
    Custom(String),
}

impl TryFrom<Fields> for Loss {
    type Error = CostError;

    fn try_from(fields: Fields) -> Result<Self, CostError> {
        let loss = match fields {
            Fields::SquaredError => Self::SquaredError,
            Fields::CrossEntropy => Self::CrossEntropy,
            Fields::CategoricalCrossEntropy => Self::CategoricalCrossEntropy,
            Fields::Huber { delta } => Self::Huber { delta },
            Fields::AbsoluteError => Self::AbsoluteError,
            Fields::Quantile { tau } => Self::Quantile { tau },
            Fields::Hinge => Self::Hinge,
            Fields::Custom(name) => Self::Custom(CustomLoss::unresolved(name)),
        };
        loss.validate()?;
        Ok(loss)
    }
}

impl From<Loss> for Fields {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::SquaredError => Self::SquaredError,
            Loss::CrossEntropy => Self::CrossEntropy,
            Loss::CategoricalCrossEntropy => Self::CategoricalCrossEntropy,
            Loss::Huber { delta } => Self::Huber { delta },
            Loss::AbsoluteError => Self::AbsoluteError,
            Loss::Quantile { tau } => Self::Quantile { tau },
            Loss::Hinge => Self::Hinge,
            Loss::Custom(_) | Loss::Criterion(_) => Self::Custom(loss.name().to_owned()),
        }
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fields::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Fields::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
