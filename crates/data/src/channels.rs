//! Grey or coloured.

/// What the channels of pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Channels {
    /// One channel; of colours it is the luminance of Rec. 601, `0.299 red + 0.587 green + 0.114 blue`.
    Grey,
    /// Red, green and blue; of a grey picture all are alike.
    Colour,
}

impl Channels {
    /// How many there are.
    pub fn depth(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Colour => 3,
        }
    }
}
