//! What the elementary functions need to know of a number format: constants, some of them bit patterns.

/// Constants of a number format.
pub(crate) trait Format: Sized + 'static {
    /// Not a number.
    const NAN: Self;
    /// `log2 e`
    const LOG2_E: Self;
    /// `ln 2` in two parts, the first of which gives exact products with all exponents.
    const LN_2: (Self, Self);
    /// `3/2 2^p` where numbers have `p` digits after the leading one: a small number added to it is rounded to an
    /// integer, which then stands in the lowest bits.
    const ROUND: Self;
    /// `e^x` is 0 below the first, infinite from the second on.
    const EXP_ENDS: (Self, Self);
    /// Below it `tanh x` is computed by a polynomial; it is 1/2 there.
    const TANH_SMALL: Self;
    /// `(tanh(x) / x - 1) / x^2` in powers of `x^2`, up to [`Self::TANH_SMALL`]
    const TANH: &'static [Self];
    /// `tanh x` is 1 from here on.
    const TANH_END: Self;
    /// From where on the quick `tanh x` is 1, and `P` and `Q` in powers of `x^2` with `x P / Q` close to it below; none where the
    /// accurate one stands for it.
    const FAST_TANH: Option<(Self, &'static [Self], &'static [Self])>;
    /// Below it `e^x` is not normal.
    const EXP_NORMAL: Self;
    /// A power of two that makes normal numbers of denormal ones, and its exponent.
    const NORMALISE: (Self, Self);
    /// `(e^r - 1 - r) / r^2` for `|r| <= ln 2 / 2`
    const EXP: &'static [Self];
    /// `(2 atanh(t) / t - 2) / t^2` in powers of `t^2`, where `1 + f` lies in `[sqrt 1/2, sqrt 2]` for `t = f / (2 + f)`
    const LN: &'static [Self];
    /// The same where `f` lies in `[0, 1]`
    const LN_1P: &'static [Self];
    /// Beyond these `|z|`, `z / (1 + e^-w)` of GELU's tanh form and the exact GELU are 0 or `z`.
    const GELU_ENDS: (Self, Self);
    /// A constant `k`, and `(a + k) e^(a^2/2) Phi(-a)` in powers of `(a - k)/(a + k)`, for `a` from 0 to the end of the GELU;
    /// `Phi` is the distribution function of the normal distribution.
    const NORMAL_TAIL: (Self, &'static [Self]);
    /// Bits: all but the lower half of the mantissa. Squares of such numbers are exact.
    const UPPER_HALF: Self;
    /// What is added to an exponent in the bits of a number.
    const BIAS: Self;
    /// `2^p`: an integer below it stands for itself in the lowest bits.
    const WHOLE: Self;
    /// The smallest positive number.
    const LEAST: Self;
    /// `sqrt 1/2`
    const ROOT: Self;
    /// Bits: those of 1 less those of `sqrt 1/2`.
    const ONE_LESS_ROOT: Self;
    /// Bits: the mantissa.
    const MANTISSA: Self;
    /// Bits: exponent and mantissa.
    const ALL_BUT_SIGN: Self;
}

/// The constants that follow from the layout: the length of the mantissa and the bias of the exponent.
macro_rules! layout {
    ($t:ident, $mantissa:literal, $bias:literal) => {
        const NAN: Self = $t::NAN;
        const LOG2_E: Self = core::f64::consts::LOG2_E as $t;
        const ROUND: Self = (3u64 << ($mantissa - 1)) as $t;
        const BIAS: Self = $bias as $t;
        const WHOLE: Self = (1u64 << $mantissa) as $t;
        const LEAST: Self = $t::from_bits(1);
        const ROOT: Self = core::f64::consts::FRAC_1_SQRT_2 as $t;
        const ONE_LESS_ROOT: Self = $t::from_bits((1.0 as $t).to_bits() - Self::ROOT.to_bits());
        const MANTISSA: Self = $t::from_bits((1 << $mantissa) - 1);
        const ALL_BUT_SIGN: Self = $t::from_bits(!(-0.0 as $t).to_bits());
    };
}

impl Format for f32 {
    layout!(f32, 23, 127);
    const GELU_ENDS: (f32, f32) = (11.5, 15.0);
    const NORMAL_TAIL: (f32, &'static [f32]) = (
        3.0,
        &[
            0.7290837,
            -0.509332,
            0.23001768,
            -0.04726276,
            -0.010462289,
            0.0069699204,
            0.0010241573,
            -0.0010344766,
            -0.0002447093,
            0.00013332395,
            5.5491873e-05,
        ],
    );
    const UPPER_HALF: f32 = f32::from_bits(!((1 << 12) - 1));
    const LN_2: (f32, f32) = (0.693_176_27, -2.908_897_1e-5);
    const EXP_ENDS: (f32, f32) = (-104.0, 89.0);
    const TANH_SMALL: f32 = 0.55;
    const TANH: &'static [f32] = &[
        -0.333_333_2,
        0.133_326_37,
        -0.053_856_85,
        0.021_088_3,
        -0.006_295_621,
    ];
    const TANH_END: f32 = 9.5;
    const FAST_TANH: Option<(f32, &'static [f32], &'static [f32])> = Some((
        8.4,
        &[
            1.0,
            0.134_195_95,
            0.003_541_635_3,
            2.138_006_3e-5,
            1.445_823_8e-8,
        ],
        &[
            1.0,
            0.467_529_18,
            0.026_051_508,
            0.000_336_145_63,
            8.220_122e-7,
        ],
    ));
    const EXP_NORMAL: f32 = -87.3;
    const NORMALISE: (f32, f32) = (33_554_432.0, 25.0);
    const EXP: &'static [f32] = &[
        0.5,
        0.166_665_43,
        0.041_666_4,
        0.008_366_587,
        0.001_394_101_7,
    ];
    const LN: &'static [f32] = &[0.666_666_6, 0.400_009_72, 0.284_988_14, 0.242_781_68];
    const LN_1P: &'static [f32] = &[
        0.666_666_75,
        0.399_989_5,
        0.286_152_1,
        0.214_439_5,
        0.242_449_22,
    ];
}

impl Format for f64 {
    layout!(f64, 52, 1023);
    const GELU_ENDS: (f64, f64) = (22.5, 39.6);
    const NORMAL_TAIL: (f64, &'static [f64]) = (
        4.0,
        &[
            0.7552851304157515,
            -0.6078966419718917,
            0.38713740074221914,
            -0.18652185795969373,
            0.060396574890685686,
            -0.007540188965611493,
            -0.0034796923619771374,
            0.0016308184422357465,
            0.00013334425144928474,
            -0.00023109482176655524,
            -1.9078524622383734e-06,
            3.5144201302368784e-05,
            7.149599609606361e-07,
            -5.918964937200363e-06,
            -6.250454060361691e-07,
            1.0199653935614781e-06,
            2.635963231020192e-07,
            -1.5447887092668903e-07,
            -7.635892136821287e-08,
            1.4738781199855148e-08,
            1.3955344139912302e-08,
            2.2218780415838908e-11,
            -9.858070527893178e-10,
        ],
    );
    const UPPER_HALF: f64 = f64::from_bits(!((1 << 27) - 1));
    const LN_2: (f64, f64) = (0.693_147_180_560_117_7, -1.723_944_452_561_483_5e-13);
    const EXP_ENDS: (f64, f64) = (-746.0, 710.0);
    const TANH_SMALL: f64 = 0.55;
    const TANH: &'static [f64] = &[
        -0.3333333333333235,
        0.13333333333173272,
        -0.05396825387812154,
        0.021869486019755066,
        -0.008863195064483942,
        0.0035917239190660396,
        -0.001453236353903213,
        0.0005791918400778107,
        -0.00021038715705869459,
        5.107709607392077e-05,
    ];
    const TANH_END: f64 = 20.0;
    const FAST_TANH: Option<(f64, &'static [f64], &'static [f64])> = None;
    const EXP_NORMAL: f64 = -708.3;
    const NORMALISE: (f64, f64) = (18_014_398_509_481_984.0, 54.0);
    const EXP: &'static [f64] = &[
        0.5,
        0.16666666666666677,
        0.04166666666666668,
        0.008333333333321402,
        0.001388888888887637,
        0.0001984126988676585,
        2.4801587344390536e-05,
        2.7557243504127322e-06,
        2.75572549615296e-07,
        2.510930358774278e-08,
        2.0921042888095524e-09,
    ];
    const LN: &'static [f64] = &[
        0.6666666666666735,
        0.3999999999940986,
        0.2857142874349038,
        0.2222219845596072,
        0.18183570653867612,
        0.15313882322137057,
        0.14797697768126167,
    ];
    const LN_1P: &'static [f64] = &[
        0.6666666666666631,
        0.4000000000015619,
        0.2857142854796374,
        0.22222223963773602,
        0.18181744114378703,
        0.15386556199396148,
        0.13301019378976928,
        0.12105743250067234,
        0.08341532132614025,
        0.17016028537020844,
    ];
}
