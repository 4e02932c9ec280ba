//! The shapes of the networks a to e and of others, kernel by kernel.

use gradflow::kernels::ConvShape;

/// Products `op(a) op(b)` of the dense layers, as `(m, n, k)`: forward products of a 32, a 256, b 64, b 256, d 64 and e 1000.
pub const PRODUCTS: [(usize, usize, usize); 10] = [
    (32, 128, 784),
    (256, 128, 784),
    (64, 512, 784),
    (256, 512, 784),
    (256, 512, 512),
    (64, 128, 3872),
    (64, 10, 128),
    (40, 10, 512),
    (1000, 32, 5),
    (1000, 16, 32),
];

/// The convolutions of c 40, d 64 and the text's CIFAR-10 net, then depthwise ones and those of sequences: name, shape, samples.
pub const CONVOLUTIONS: [(&str, ConvShape, usize); 13] = [
    ("c 40, 5@3x3", convolution([1, 28, 28], 5, 3, 1), 40),
    (
        "c 40, 8@5x5 stride 3",
        convolution([5, 26, 26], 8, 5, 3),
        40,
    ),
    ("d 64, 16@5x5", convolution([1, 28, 28], 16, 5, 1), 64),
    (
        "d 64, 32@4x4 stride 2",
        convolution([16, 24, 24], 32, 4, 2),
        64,
    ),
    ("cifar 64, 5@3x3", convolution([3, 32, 32], 5, 3, 1), 64),
    (
        "cifar 64, 8@5x5 stride 2",
        convolution([5, 15, 15], 8, 5, 2),
        64,
    ),
    (
        "depthwise 32@3x3 on 112x112",
        depthwise([32, 112, 112], 1),
        4,
    ),
    (
        "depthwise 64@3x3 stride 2 on 112x112",
        depthwise([64, 112, 112], 2),
        4,
    ),
    ("depthwise 256@3x3 on 28x28", depthwise([256, 28, 28], 1), 4),
    ("depthwise 512@3x3 on 14x14", depthwise([512, 14, 14], 1), 4),
    ("1-D 32@9 on 32x1000", row(32, 1000, 32, 9, 1), 16),
    ("1-D 64@3 dilation 8 on 64x500", row(64, 500, 64, 3, 8), 16),
    ("1-D 16@16 on 1x4000", row(1, 4000, 16, 16, 1), 16),
];

/// A filter of 3x3 for every channel, with as many outputs as inputs divided by the stride.
const fn depthwise(input: [usize; 3], stride: usize) -> ConvShape {
    ConvShape {
        input,
        output: [input[0], input[1] / stride, input[2] / stride],
        filter: [3, 3],
        stride: [stride, stride],
        dilation: [1, 1],
        padding: [[1, 1]; 2],
        groups: input[0],
    }
}

/// A causal convolution over a sequence.
const fn row(
    channels: usize,
    length: usize,
    filters: usize,
    size: usize,
    dilation: usize,
) -> ConvShape {
    ConvShape {
        input: [channels, 1, length],
        output: [filters, 1, length],
        filter: [1, size],
        stride: [1, 1],
        dilation: [1, dilation],
        padding: [[0, 0], [(size - 1) * dilation, 0]],
        groups: 1,
    }
}

const fn convolution(input: [usize; 3], filters: usize, size: usize, stride: usize) -> ConvShape {
    let out = [
        (input[1] - size) / stride + 1,
        (input[2] - size) / stride + 1,
    ];
    ConvShape {
        input,
        output: [filters, out[0], out[1]],
        filter: [size, size],
        stride: [stride, stride],
        dilation: [1, 1],
        padding: [[0, 0]; 2],
        groups: 1,
    }
}

/// So many numbers between -1 and 1 that are neither equal nor in order.
pub fn ramp(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * 0.618_034).sin()).collect()
}
