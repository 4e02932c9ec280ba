//! Functions that activations need: `math.h` in C, functions of the file's own in Rust, which has none without `std`. The hyperbolic
//! tangent is the file's own in both: without a branch or a call, so that compilers make vectors of it.

use gradflow::layers::Activation;

use crate::writer::{Language, Writer};

/// Which functions a file needs.
#[derive(Debug)]
pub(crate) struct Functions {
    needed: Vec<&'static str>,
    /// What names of functions in C begin with.
    prefix: String,
}

impl Functions {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            needed: Vec::new(),
            prefix: prefix.to_owned(),
        }
    }

    fn name(&mut self, writer: &Writer, rust: &'static str, c: &'static str) -> &'static str {
        if !writer.is_rust() {
            return c;
        }
        if !self.needed.contains(&rust) {
            self.needed.push(rust);
        }
        rust
    }

    pub(crate) fn exp(&mut self, writer: &Writer) -> &'static str {
        self.name(writer, "exp", "expf")
    }

    pub(crate) fn sqrt(&mut self, writer: &Writer) -> &'static str {
        self.name(writer, "sqrt", "sqrtf")
    }

    /// The value of an activation of `z`.
    pub(crate) fn activation(&mut self, w: &Writer, activation: &Activation) -> String {
        let n = |number: f64| w.number(number as f32);
        let (zero, one, half) = (n(0.0), n(1.0), n(0.5));
        match activation {
            Activation::Identity | Activation::Custom(_) => "z".into(),
            Activation::Logistic | Activation::FastLogistic => {
                format!("{one} / ({one} + {}(-z))", self.exp(w))
            }
            Activation::SoftLogistic => {
                let abs = self.name(w, "abs", "fabsf");
                format!(
                    "({abs}(z) + z + {one}) / ({} * {abs}(z) + {})",
                    n(2.0),
                    n(2.0)
                )
            }
            Activation::Tanh | Activation::FastTanh => format!("{}(z)", self.tanh(w)),
            Activation::SoftSign => {
                let abs = self.name(w, "abs", "fabsf");
                format!("z / ({one} + {abs}(z))")
            }
            Activation::Relu => w.choose(&format!("z > {zero}"), "z", &zero),
            Activation::LeakyRelu(slope) => {
                w.choose(&format!("z > {zero}"), "z", &format!("{} * z", n(*slope)))
            }
            Activation::Softplus => {
                let (exp, abs) = (self.exp(w), self.name(w, "abs", "fabsf"));
                let log = self.name(w, "ln_1p", "log1pf");
                let positive = w.choose(&format!("z > {zero}"), "z", &zero);
                format!("({positive}) + {log}({exp}(-{abs}(z)))")
            }
            Activation::SqrtSquare => format!("z * {}(z * z + {one})", self.sqrt(w)),
            Activation::Elu(a) => {
                let low = format!("{} * ({}(z) - {one})", n(*a), self.exp(w));
                w.choose(&format!("z > {zero}"), "z", &low)
            }
            Activation::Silu => format!("z / ({one} + {}(-z))", self.exp(w)),
            Activation::Gelu => {
                let erfc = self.name(w, "erfc", "erfcf");
                format!(
                    "z * {half} * {erfc}(-z * {})",
                    n(core::f64::consts::FRAC_1_SQRT_2)
                )
            }
            Activation::GeluTanh => {
                let inner = format!(
                    "{} * (z + {} * z * z * z)",
                    n((2.0 / core::f64::consts::PI).sqrt()),
                    n(0.044715)
                );
                format!("{half} * z * ({one} + {}({inner}))", self.tanh(w))
            }
            activation => clipped(w, activation),
        }
    }

    fn tanh(&mut self, writer: &Writer) -> String {
        if !self.needed.contains(&"tanh") {
            self.needed.push("tanh");
        }
        match writer.is_rust() {
            true => "tanh".into(),
            false => format!("{}tanh", self.prefix),
        }
    }

    /// The file's own functions in C.
    pub(crate) fn c(&self) -> String {
        if !self.needed.contains(&"tanh") {
            return String::new();
        }
        let mut w = Writer::new(Language::C, 0);
        w.line("");
        w.open(&format!("static float {}tanh(float z) {{", self.prefix));
        tanh(&mut w);
        w.close(1);
        w.text()
    }

    /// The functions in Rust, with those that they call.
    pub(crate) fn rust(&self) -> String {
        let all = [
            ("exp", EXP, &["exp", "erfc"][..]),
            ("ln_1p", LN_1P, &["ln_1p"]),
            ("erfc", ERFC, &["erfc"]),
            ("sqrt", SQRT, &["sqrt"]),
            ("abs", ABS, &["abs", "erfc"]),
        ];
        let wanted = |callers: &[&str]| callers.iter().any(|caller| self.needed.contains(caller));
        let texts = all.iter().filter(|(.., callers)| wanted(callers));
        let texts: String = texts.map(|(_, text, _)| *text).collect();
        let mut w = Writer::new(Language::Rust, 0);
        if self.needed.contains(&"tanh") {
            w.line("");
            w.open("fn tanh(z: f32) -> f32 {");
            tanh(&mut w);
            w.close(1);
        }
        texts + &w.text()
    }
}

/// The value of an activation that is clipped, of `z`.
fn clipped(w: &Writer, activation: &Activation) -> String {
    let n = |number: f32| w.number(number);
    let clip = |value: &str, low: &str, high: &str| {
        let above = w.choose(&format!("{value} > {high}"), high, value);
        w.choose(&format!("{value} < {low}"), low, &format!("({above})"))
    };
    let (zero, one) = (n(0.0), n(1.0));
    let hard = clip(&format!("(z / {} + {})", n(6.0), n(0.5)), &zero, &one);
    match activation {
        Activation::HardLogistic => hard,
        Activation::HardSwish => format!("z * ({hard})"),
        Activation::HardTanh => clip("z", &n(-1.0), &one),
        _ => "z".into(),
    }
}

const ABS: &str = "
fn abs(z: f32) -> f32 {
    if z < 0.0 { -z } else { z }
}
";

/// `2^k e^r` with `|r| <= ln(2)/2`; the power of two in two factors, so that the smallest and largest numbers are met. A number that is added
/// to `3/2 2^23` is rounded to a whole one, which stands in the lowest bits.
const EXP: &str = "
fn exp(z: f32) -> f32 {
    let z = if z < -104.0 { -104.0 } else { z };
    let z = if z > 89.0 { 89.0 } else { z };
    let t = z * core::f32::consts::LOG2_E + 12_582_912.0;
    let k = t.to_bits() as i32 - 0x4b40_0000;
    let n = t - 12_582_912.0;
    let r = (z - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 720.0 + r * (1.0 / 5040.0);
    let p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p);
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * p)));
    let h = k >> 1;
    p * f32::from_bits(((h + 127) as u32) << 23) * f32::from_bits(((k - h + 127) as u32) << 23)
}
";

/// `tanh(z) / z` as a quotient of polynomials in `z^2`, whose largest relative error up to `z = 9`, where the value is 1 but for rounding, is
/// least: `2e-8`. With rounding the error is below `4e-7` of the value.
const TANH: [[f32; 5]; 2] = [
    [
        1.0,
        0.133_810_27,
        0.003_495_589_2,
        2.060_909_8e-5,
        1.335_468e-8,
    ],
    [
        1.0,
        0.467_143_42,
        0.025_876_986,
        3.285_636_5e-4,
        7.776_567e-7,
    ],
];

/// The lines of the function of `z`.
fn tanh(w: &mut Writer) {
    let [low, high] = [-9.0, 9.0].map(|end| w.number(end));
    let above = w.choose(&format!("z > {high}"), &high, "z");
    w.value("a", &above);
    let below = w.choose(&format!("a < {low}"), &low, "a");
    w.value("b", &below);
    w.value("s", "b * b");
    let [p, q] = TANH.map(|c| {
        let mut value = w.number(c[4]);
        for c in c[..4].iter().rev() {
            value = format!("{} + s * ({value})", w.number(*c));
        }
        value
    });
    w.value("p", &p);
    w.value("q", &q);
    w.line(match w.is_rust() {
        true => "b * p / q",
        false => "return b * p / q;",
    });
}

/// `ln(1 + u)` for `0 <= u <= 1`, by the series of the inverse hyperbolic tangent.
const LN_1P: &str = "
fn ln_1p(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let q = s * s;
    let p = 1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0));
    let p = 1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * p));
    2.0 * s * (1.0 + q * (1.0 / 3.0 + q * p))
}
";

/// A series of the error function where it is short, else the continued fraction of its complement.
const ERFC: &str = "
fn erfc(z: f32) -> f32 {
    let a = abs(z);
    let c = if a < 2.0 {
        let (s, mut term, mut sum) = (z * z, a, a);
        for n in 1..24 {
            term *= -s / n as f32;
            sum += term / (2 * n + 1) as f32;
        }
        1.0 - sum * core::f32::consts::FRAC_2_SQRT_PI
    } else {
        let mut f = a;
        for n in 0..24 {
            f = a + (24 - n) as f32 * 0.5 / f;
        }
        exp(-a * a) * (0.5 * core::f32::consts::FRAC_2_SQRT_PI) / f
    };
    if z < 0.0 { 2.0 - c } else { c }
}
";

/// Newton's method from half of the exponent.
const SQRT: &str = "
fn sqrt(z: f32) -> f32 {
    if z <= 0.0 {
        return 0.0;
    }
    let mut y = f32::from_bits((z.to_bits() >> 1) + 0x1fbd_1df5);
    for _ in 0..4 {
        y = 0.5 * (y + z / y);
    }
    y
}
";
