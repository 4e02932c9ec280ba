//! The README and the book, whose programs are compiled and run with the doc tests.

macro_rules! pages {
    ($($name:ident $path:literal)*) => {
        $(
            #[doc = include_str!($path)]
            #[derive(Debug)]
            pub struct $name;
        )*
    };
}

pages! {
    Readme "../../README.md"
    Introduction "../../docs/book/src/introduction.md"
    Command "../../docs/book/src/command.md"
    Descent "../../docs/book/src/descent.md"
    Rules "../../docs/book/src/rules.md"
    Logistic "../../docs/book/src/logistic.md"
    Dense "../../docs/book/src/dense.md"
    Conv "../../docs/book/src/conv.md"
    Training "../../docs/book/src/training.md"
    Data "../../docs/book/src/data.md"
    Files "../../docs/book/src/files.md"
    Prediction "../../docs/book/src/prediction.md"
    Performance "../../docs/book/src/performance.md"
    Reproducibility "../../docs/book/src/reproducibility.md"
    Extending "../../docs/book/src/extending.md"
    Limits "../../docs/book/src/limits.md"
}
