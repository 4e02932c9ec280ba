//! Feature maps: what a sample's inputs become before a linear model sees them.

mod encoding;
mod error;
mod own;
mod walk;

use gradflow_real::Real;
use gradflow_tensor::Batch;

use crate::Scaling;
use crate::memory::reserve;

pub use encoding::Encoding;
pub(crate) use encoding::shown;
pub use error::FeatureError;
pub use own::OwnFeatures;

/// A map `phi` of the inputs of a sample to features, as in (15): plain data that composes, serialises, and names what comes
/// out.
///
/// ```
/// use gradflow_data::{Dataset, FeatureMap};
///
/// let plane = Dataset::classification(2, vec![2.0, 3.0, -1.0, 0.5], [0, 1], 2)?;
/// let map = FeatureMap::standardise(plane.inputs())?.then(FeatureMap::Monomials { degree: 2 });
/// assert_eq!(map.names(&["a", "b"])?, ["a", "b", "a^2", "a b", "b^2"]);
/// let features = plane.features(&map)?;
/// assert_eq!(features.sample(0).unwrap().0, [1.0, 1.0, 1.0, 1.0, 1.0]);
/// assert_eq!(features.labels(), plane.labels());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub enum FeatureMap {
    /// The inputs themselves.
    Identity,
    /// All products of inputs of degree 1 to `degree`: `C(d+k, k) - 1` features of `d` inputs and degree `k`; for two inputs and
    /// degree 2 `x1, x2, x1^2, x1 x2, x2^2`.
    Monomials {
        /// The highest degree.
        degree: u32,
    },
    /// `sin(k f x), cos(k f x)` of each input `x`, for `k = 1 … orders`: `2 d orders` features of `d` inputs.
    Trigonometric {
        /// The highest multiple of the frequency.
        orders: u32,
        /// The frequency `f`, in radians for each unit of an input.
        frequency: f64,
    },
    /// The inputs, then the products of any two different ones: `d + d (d-1)/2` features of `d` inputs.
    Interactions,
    /// A shift and a scale for each input.
    Scaling(Scaling),
    /// The inputs but one, which is a class counted from 0; in its place 1 for the class and 0 for the others.
    OneHot {
        /// Which input is the class, counted from 0.
        component: usize,
        /// Number of classes.
        classes: usize,
    },
    /// What becomes of each column of a table, one for each input: gaps are filled, categories become numbers.
    /// [`RawTable::encoded`](crate::RawTable::encoded) learns it.
    Columns(Vec<Encoding>),
    /// The features of several maps of the same inputs, side by side.
    Beside(Vec<FeatureMap>),
    /// One map after another.
    Then(Vec<FeatureMap>),
    /// Features of the user's own: [`FeatureMap::own`].
    Own(OwnFeatures),
}

/// Most features of a sample: beyond it a degree is a mistake.
const MOST: usize = 1 << 24;

impl FeatureMap {
    /// Mean 0 and standard deviation 1 of each input, as these samples say: [`Scaling::standardise`].
    ///
    /// # Errors
    /// [`FeatureError::Scaling`].
    pub fn standardise<T: Real>(samples: Batch<'_, T>) -> Result<Self, FeatureError> {
        Ok(Self::Scaling(Scaling::standardise(samples)?))
    }

    /// Features that `map` writes, of the names `features`; `name` stands for its code in files.
    ///
    /// ```
    /// use gradflow_data::FeatureMap;
    ///
    /// let radius = FeatureMap::own("radius", ["r"], |x, r| r[0] = x[0].hypot(x[1]));
    /// assert_eq!(radius.apply(&[3.0, 4.0])?, [5.0]);
    ///
    /// let read: FeatureMap = serde_json::from_str(&serde_json::to_string(&radius)?)?;
    /// assert!(read.apply(&[3.0, 4.0]).is_err()); // a name alone
    /// assert_eq!(read.resolve(&[radius.clone()]), radius);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn own(
        name: impl Into<String>,
        features: impl IntoIterator<Item = impl Into<String>>,
        map: impl Fn(&[f64], &mut [f64]) + Send + Sync + 'static,
    ) -> Self {
        let features = features.into_iter().map(Into::into).collect();
        Self::Own(OwnFeatures::new(name.into(), features, map))
    }

    /// This map, then another one of its features.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match self {
            Self::Then(mut maps) => {
                maps.push(next);
                Self::Then(maps)
            }
            first => Self::Then(vec![first, next]),
        }
    }

    /// The features of this map, beside those of another one of the same inputs.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        match self {
            Self::Beside(mut maps) => {
                maps.push(other);
                Self::Beside(maps)
            }
            first => Self::Beside(vec![first, other]),
        }
    }

    /// The same with the functions of these maps for features of the user's own that a file has named. What is not among
    /// them stays known by name only, and [`apply`](Self::apply) says so.
    #[must_use]
    pub fn resolve(mut self, known: &[FeatureMap]) -> Self {
        match &mut self {
            Self::Own(own) => {
                for known in known {
                    if let Self::Own(known) = known {
                        own.learn(known);
                    }
                }
            }
            Self::Beside(maps) | Self::Then(maps) => {
                for map in maps {
                    *map = core::mem::replace(map, Self::Identity).resolve(known);
                }
            }
            _ => {}
        }
        self
    }

    /// The name of features of the user's own that a file has named and nobody has said what they are.
    pub fn unresolved(&self) -> Option<&str> {
        match self {
            Self::Own(own) if !own.is_resolved() => Some(own.name()),
            Self::Beside(maps) | Self::Then(maps) => maps.iter().find_map(Self::unresolved),
            _ => None,
        }
    }

    /// The names of the features, made of those of the inputs.
    ///
    /// # Errors
    /// [`FeatureError`] if the map is not one for so many inputs.
    pub fn names<S: AsRef<str>>(&self, inputs: &[S]) -> Result<Vec<String>, FeatureError> {
        let inputs: Vec<String> = inputs.iter().map(|x| x.as_ref().to_owned()).collect();
        let size = self.size(inputs.len())?;
        let mut names = Vec::new();
        reserve(&mut names, size)?;
        self.name(&inputs, &mut names)?;
        Ok(names)
    }

    /// Number of features of so many inputs.
    ///
    /// # Errors
    /// [`FeatureError`] if the map is not one for so many inputs.
    pub fn size(&self, inputs: usize) -> Result<usize, FeatureError> {
        let map = self.kind();
        let is = |expected| {
            let found = inputs;
            match expected == found {
                true => Ok(inputs),
                false => Err(FeatureError::Inputs {
                    map,
                    expected,
                    found,
                }),
            }
        };
        let size = match self {
            Self::Identity => Some(inputs),
            Self::Monomials { degree } => monomials(inputs, *degree),
            Self::Trigonometric { orders, frequency } => {
                if !(frequency.is_finite() && *frequency > 0.0) {
                    return Err(FeatureError::Frequency(*frequency));
                }
                inputs
                    .checked_mul(2)
                    .and_then(|n| n.checked_mul(*orders as usize))
            }
            Self::Interactions => inputs.checked_mul(inputs.saturating_add(1)).map(|n| n / 2),
            Self::Scaling(scaling) => Some(is(scaling.offset().len())?),
            Self::OneHot { component, .. } if *component >= inputs => {
                return is(component.saturating_add(1));
            }
            Self::OneHot { classes, .. } => (inputs - 1).checked_add(*classes),
            Self::Columns(columns) => {
                is(columns.len())?;
                let mut sum = 0_usize;
                for (i, column) in columns.iter().enumerate() {
                    column.check(i)?;
                    sum = sum.saturating_add(column.size());
                }
                Some(sum)
            }
            Self::Beside(maps) => {
                let mut sum = 0_usize;
                for map in maps {
                    sum = sum.saturating_add(map.size(inputs)?);
                }
                Some(sum)
            }
            Self::Then(maps) => {
                let size = maps.iter().try_fold(inputs, |size, map| map.size(size))?;
                Some(size).filter(|_| !maps.is_empty()).or(Some(0))
            }
            Self::Own(own) => Some(own.features().len()),
        };
        match size {
            Some(0) => Err(FeatureError::Nothing { map, inputs }),
            Some(size) if size <= MOST => Ok(size),
            _ => {
                let limit = MOST;
                Err(FeatureError::TooMany { map, inputs, limit })
            }
        }
    }

    /// The features of one sample.
    ///
    /// # Errors
    /// [`FeatureError`] if the map is not one for so many inputs, an input is no class, or a feature is not finite.
    pub fn apply<T: Real>(&self, x: &[T]) -> Result<Vec<T>, FeatureError> {
        let mut features = Vec::new();
        self.append(0, x, self.size(x.len())?, &mut features)?;
        Ok(features)
    }

    /// Appends the features of a sample.
    pub(crate) fn append<T: Real>(
        &self,
        sample: usize,
        x: &[T],
        size: usize,
        to: &mut Vec<T>,
    ) -> Result<(), FeatureError> {
        let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let mut features = Vec::new();
        reserve(&mut features, size)?;
        self.map(sample, &x, &mut features)?;
        for (i, feature) in features.iter().enumerate() {
            let number = T::from_f64(*feature);
            if !number.is_finite() {
                let inputs: Vec<String> = (1..=x.len()).map(|i| format!("x{i}")).collect();
                let feature = self.names(&inputs)?.swap_remove(i);
                return Err(FeatureError::NotFinite { sample, feature });
            }
            to.push(number);
        }
        Ok(())
    }

    /// The name of the map, as in files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Monomials { .. } => "Monomials",
            Self::Trigonometric { .. } => "Trigonometric",
            Self::Interactions => "Interactions",
            Self::Scaling(_) => "Scaling",
            Self::OneHot { .. } => "OneHot",
            Self::Columns(_) => "Columns",
            Self::Beside(_) => "Beside",
            Self::Then(_) => "Then",
            Self::Own(_) => "Own",
        }
    }
}

/// `C(inputs + degree, degree) - 1`, or nothing beyond the limit.
fn monomials(inputs: usize, degree: u32) -> Option<usize> {
    let mut count = 1_usize;
    for k in 1..=degree as usize {
        // Exact in every step: C(inputs + k, k).
        count = count.checked_mul(inputs.checked_add(k)?)? / k;
        if count > MOST + 1 {
            return None;
        }
        if inputs == 0 {
            break;
        }
    }
    Some(count - 1)
}
