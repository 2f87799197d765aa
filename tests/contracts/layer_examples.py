"""For every layer, the ways to use it: (a function that makes it, the shape of a sample).

A layer that needs no arguments and takes samples of any shape needs no entry. The shape of a sample of
integers is written Ids(..., below=n).
"""

from ml_from_scratch.neural import (
    ELU,
    GELU,
    GRU,
    L1L2,
    L2,
    LSTM,
    RNN,
    AveragePool1D,
    AveragePool2D,
    BatchNorm,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    DepthwiseConv1D,
    DepthwiseConv2D,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    GroupNorm,
    HeNormal,
    Layer,
    LayerNorm,
    LeakyReLU,
    LearnedPositions,
    MaxPool1D,
    MaxPool2D,
    Model,
    MultiHeadAttention,
    Parallel,
    Reshape,
    Residual,
    RMSNorm,
    RotaryPositions,
    Sequential,
    SinusoidalPositions,
    Softmax,
    Tanh,
    Unembedding,
)
from ml_from_scratch.transformers import (
    BERT,
    GPT,
    Block,
    DecoderBlock,
    EncoderDecoder,
    FeedForward,
    MaskedLanguageModel,
    SwiGLU,
    VisionTransformer,
    bert,
    gpt2,
    transformer,
)

DEFAULT_SHAPE = (3, 4)


class Ids(tuple):
    """The shape of a sample that holds integers from 0 to below - 1, where others hold real numbers."""

    def __new__(cls, *shape, below):
        self = super().__new__(cls, shape)
        self.below = below
        return self


def tied(vocab_size, d_model):
    """Layers from words to scores of words, with one table at both ends."""
    words = Embedding(vocab_size, d_model)
    return [words, Dense(d_model), Unembedding(words)]


BASIC = {
    "Dense": [
        (lambda: Dense(3), (5,)),
        (lambda: Dense(3, use_bias=False), (5,)),
        (lambda: Dense(1, input_dim=4, kernel_initializer=HeNormal()), (2, 4)),
        (lambda: Dense(2, regularizer=L1L2(0.1, 0.2)), (1,)),
    ],
    "Dropout": [(lambda: Dropout(0.4), (3, 4)), (lambda: Dropout(0.0), (5,))],
    "Flatten": [(Flatten, (3, 4)), (Flatten, (5,)), (Flatten, ())],
    "LeakyReLU": [(LeakyReLU, (3, 4)), (lambda: LeakyReLU(0.3), (5,))],
    "ELU": [(ELU, (3, 4)), (lambda: ELU(0.5), (5,))],
    "GELU": [(GELU, (3, 4)), (lambda: GELU("none"), (5,))],
    "Softmax": [(Softmax, (5,)), (lambda: Softmax(axis=1), (3, 4))],
    "Sequential": [
        (lambda: Sequential([Dense(3), Tanh(), Dropout(0.5), Dense(2)]), (5,)),
        (lambda: Sequential([Flatten(), Sequential([Dense(2)]), Sequential()]), (3, 2)),
        (lambda: Sequential([Embedding(5, 2), GRU(3)]), Ids(3, below=5)),
    ],
    "Model": [
        (lambda: Model([Dense(3, input_dim=5), Tanh(), Dropout(0.5)], seed=3), (5,)),
        (lambda: Model(tied(5, 2), seed=3), Ids(3, below=5)),
    ],
}

CONVOLUTION: dict = {
    "Conv1D": [
        (lambda: Conv1D(3, 3), (6, 2)),
        (lambda: Conv1D(2, 3, stride=2, padding="causal", dilation=2), (7, 1)),
        (lambda: Conv1D(4, 2, padding=(2, 0), groups=2, use_bias=False), (1, 2)),
        (lambda: Conv1D(2, 1, input_dim=3, kernel_initializer=HeNormal()), (4, 3)),
    ],
    "Conv2D": [
        (lambda: Conv2D(3, 3), (5, 4, 2)),
        (lambda: Conv2D(2, (2, 3), stride=(2, 1), padding="same", dilation=(1, 2)), (5, 4, 1)),
        (lambda: Conv2D(4, 2, stride=3, padding=[[1, 0], 2], groups=2), (5, 4, 4)),
        (lambda: Conv2D(1, 1, use_bias=False, regularizer=L2(0.1)), (1, 1, 1)),
        (lambda: Conv2D(3, 1, groups=3, stride=2), (3, 2, 3)),
    ],
    "DepthwiseConv1D": [
        (lambda: DepthwiseConv1D(3, padding="same"), (5, 3)),
        (lambda: DepthwiseConv1D(2, 2, stride=2, padding="causal", dilation=2), (5, 2)),
    ],
    "DepthwiseConv2D": [
        (lambda: DepthwiseConv2D(3), (4, 3, 2)),
        (lambda: DepthwiseConv2D((1, 2), 3, stride=2, padding=1, use_bias=False), (4, 3, 2)),
    ],
    "ConvTranspose1D": [
        (lambda: ConvTranspose1D(2, 3), (4, 3)),
        (lambda: ConvTranspose1D(3, 2, stride=3, padding="same"), (3, 1)),
        (lambda: ConvTranspose1D(4, 4, 2, (1, 0), output_padding=1, groups=2), (1, 2)),
    ],
    "ConvTranspose2D": [
        (lambda: ConvTranspose2D(2, 3, stride=2, padding=1, output_padding=1), (3, 2, 2)),
        (lambda: ConvTranspose2D(2, (3, 2), stride=(1, 2), padding="same"), (2, 3, 3)),
        (lambda: ConvTranspose2D(4, 2, dilation=2, groups=2, use_bias=False), (2, 1, 2)),
        (lambda: ConvTranspose2D(1, 1, input_dim=2, regularizer=L2(0.1)), (1, 1, 2)),
    ],
}

POOLING: dict = {
    "MaxPool1D": [
        (MaxPool1D, (5, 2)),
        (lambda: MaxPool1D(3, stride=2, padding="same"), (6, 1)),
        (lambda: MaxPool1D(3, stride=1, padding=(2, 0)), (1, 2)),
    ],
    "MaxPool2D": [
        (MaxPool2D, (5, 4, 2)),
        (lambda: MaxPool2D((3, 2), stride=(2, 1), padding="same"), (5, 3, 1)),
        (lambda: MaxPool2D(3, stride=2, padding=((1, 0), 1)), (4, 5, 2)),
        (lambda: MaxPool2D(1, stride=3), (4, 4, 1)),
    ],
    "AveragePool1D": [
        (AveragePool1D, (5, 2)),
        (lambda: AveragePool1D(3, stride=2, padding="same"), (6, 1)),
    ],
    "AveragePool2D": [
        (AveragePool2D, (5, 4, 2)),
        (lambda: AveragePool2D((3, 2), stride=(2, 1), padding=1), (5, 3, 1)),
        (lambda: AveragePool2D(2, stride=3, padding="same"), (4, 5, 2)),
    ],
    "GlobalAveragePool": [(GlobalAveragePool, (3, 4)), (GlobalAveragePool, (2, 3, 1))],
    "GlobalMaxPool": [(GlobalMaxPool, (3, 4)), (GlobalMaxPool, (2, 3, 1))],
}

NORMALIZATION: dict = {
    "BatchNorm": [
        (BatchNorm, (5,)),
        (lambda: BatchNorm(momentum=0.5, eps=0.1), (3, 2, 4)),
        (lambda: BatchNorm(use_weight=False, use_bias=False), (3, 2)),
        (lambda: BatchNorm(use_weight=False, input_dim=2), (2, 2)),
    ],
    "LayerNorm": [
        (LayerNorm, (5,)),
        (lambda: LayerNorm(eps=0.1, use_bias=False), (3, 4)),
        (lambda: LayerNorm(use_weight=False, use_bias=False), (2, 3)),
        (lambda: LayerNorm(use_weight=False, input_dim=2), (2, 1, 2)),
        (LayerNorm, (1,)),
    ],
    "RMSNorm": [
        (RMSNorm, (5,)),
        (lambda: RMSNorm(eps=0.1, use_weight=False), (3, 4)),
        (lambda: RMSNorm(input_dim=1), (2, 1)),
    ],
    "GroupNorm": [
        (lambda: GroupNorm(2), (3, 4)),
        (lambda: GroupNorm(4, eps=0.1, use_weight=False), (2, 3, 4)),
        (lambda: GroupNorm(1, use_weight=False, use_bias=False), (5,)),
    ],
}

COMPOSITION = {
    "Reshape": [
        (lambda: Reshape((4, 3)), (3, 4)),
        (lambda: Reshape((2, -1, 1)), (3, 4)),
        (lambda: Reshape(-1), (2, 1, 3)),
        (lambda: Reshape((1, 1)), ()),
    ],
    "Residual": [
        (lambda: Residual(Dense(5)), (5,)),
        (lambda: Residual([Dense(3), Tanh(), Dropout(0.5), Dense(4)]), (3, 4)),
        (lambda: Residual([Dense(2), Tanh()], shortcut=Dense(2, use_bias=False)), (5,)),
        (lambda: Residual(Residual(LSTM(2, return_sequences=True)), Softmax()), (3, 2)),
        (lambda: Residual(Embedding(5, 2), Embedding(5, 2)), Ids(3, below=5)),
    ],
    "Parallel": [
        (lambda: Parallel([Dense(2)]), (5,)),
        (lambda: Parallel([Dense(2), [Dense(3), Dropout(0.5), Dense(1)], Tanh()]), (2, 3)),
        (lambda: Parallel([Residual(Dense(3)), Parallel([Flatten(), Flatten()])]), (3,)),
        (lambda: Parallel([Embedding(5, 2), Embedding(6, 1)]), Ids(3, below=5)),
    ],
    "Embedding": [
        (lambda: Embedding(5, 3), Ids(4, below=5)),
        (lambda: Embedding(300, 2, initializer=HeNormal()), Ids(2, 3, below=300)),
        (lambda: Embedding(1, 1), Ids(below=1)),
    ],
    "Unembedding": [
        (lambda: Unembedding(Embedding(5, 3)), (4, 3)),
        (lambda: Unembedding(Embedding(1, 2)), (2,)),
    ],
}

RECURRENT = {
    "RNN": [
        (lambda: RNN(3), (4, 2)),
        (lambda: RNN(2, activation="relu", return_sequences=True, use_bias=False), (3, 2)),
        (lambda: RNN(2, 2, bidirectional=True, dropout=0.3), (1, 1)),
    ],
    "LSTM": [
        (lambda: LSTM(3), (4, 2)),
        (lambda: LSTM(2, return_sequences=True, use_bias=False, input_dim=3), (2, 3)),
        (lambda: LSTM(2, n_layers=2, bidirectional=True, return_sequences=True), (3, 2)),
        (lambda: LSTM(2, n_layers=3, dropout=0.4), (2, 1)),
        (lambda: LSTM(1, bidirectional=True, kernel_initializer=HeNormal()), (1, 1)),
    ],
    "GRU": [
        (lambda: GRU(3), (4, 2)),
        (lambda: GRU(2, return_sequences=True, use_bias=False, input_dim=3), (2, 3)),
        (lambda: GRU(2, n_layers=2, bidirectional=True, dropout=0.3), (3, 2)),
        (lambda: GRU(1, recurrent_initializer=HeNormal()), (1, 1)),
    ],
}

ATTENTION = {
    "MultiHeadAttention": [
        (lambda: MultiHeadAttention(4, n_heads=2), (3, 5)),
        (lambda: MultiHeadAttention(4, n_heads=4, n_kv_heads=2, causal=True), (3, 4)),
        (lambda: MultiHeadAttention(6, n_heads=2, use_bias=False, dropout=0.3), (2, 3)),
        (lambda: MultiHeadAttention(2, 1, kernel_initializer=HeNormal(), input_dim=1), (1, 1)),
    ],
}

POSITIONS: dict = {
    "SinusoidalPositions": [
        (SinusoidalPositions, (3, 4)),
        (lambda: SinusoidalPositions(base=100.0), (1, 2)),
    ],
    "LearnedPositions": [
        (lambda: LearnedPositions(5), (3, 4)),
        (lambda: LearnedPositions(1, initializer=HeNormal()), (1, 2)),
    ],
    "RotaryPositions": [
        (RotaryPositions, (2, 3, 4)),
        (lambda: RotaryPositions(100.0, interleaved=True), (1, 3, 6)),
    ],
}


def causal(d_model, n_heads, **options):
    """The attention of a GPT's block."""
    return MultiHeadAttention(d_model, n_heads, causal=True, **options)


def llamas_block():
    """Another norm, gates, rotary positions and shared heads."""
    attention = causal(4, 2, n_kv_heads=1, use_bias=False, position=RotaryPositions())
    return Block(attention, SwiGLU(4, 3), RMSNorm(), RMSNorm())


class Twice(Layer):
    """A layer of two inputs as one of one: it is given the same as both."""

    def __init__(self, layer):
        self.layer = layer

    def create(self, input_shape, rng):
        """Draw the weights of the layer."""
        self.layer.build(input_shape)

    def output_shape(self, input_shape):
        """Return the layer's; a length that it leaves open is the second input's."""
        return (*input_shape[:1], *self.layer.output_shape(input_shape)[1:])

    def forward(self, x):
        """Return layer(x, x)."""
        return self.layer(x, x)


def decoders_block(*norms, **options):
    """A block that looks at another text."""
    attentions = causal(4, 2, **options), MultiHeadAttention(4, 2, **options)
    return Twice(DecoderBlock(*attentions, FeedForward(4, 6), *norms, dropout=0.3))


def encoder_of_another_width():
    """Vectors of 6 numbers are read, of 4 are written; learned positions, other norms."""
    return EncoderDecoder(
        5,
        6,
        4,
        [Block(MultiHeadAttention(6, 2), SwiGLU(6))],
        [DecoderBlock(causal(4, 2), MultiHeadAttention(4, 1, context_dim=6), SwiGLU(4))],
        LearnedPositions(4),
        LearnedPositions(4),
        RMSNorm(),
        RMSNorm(),
    )


TRANSFORMERS = {
    "FeedForward": [
        (lambda: FeedForward(3), (3,)),
        (lambda: FeedForward(2, 5, Tanh(), use_bias=False), (4, 2)),
    ],
    "SwiGLU": [(lambda: SwiGLU(3), (2, 3)), (lambda: SwiGLU(2, 1), (2,))],
    "Block": [
        (lambda: Block(MultiHeadAttention(4, 2), FeedForward(4, 6), dropout=0.3), (3, 4)),
        (llamas_block, (3, 4)),
    ],
    "GPT": [
        (lambda: gpt2(5, 4, n_layers=1, n_heads=2, d_model=4, dropout=0.2), Ids(3, below=5)),
        (lambda: GPT(5, 4, [llamas_block()], norm=RMSNorm()), Ids(4, below=5)),
    ],
    "BERT": [
        (lambda: bert(5, 4, n_layers=1, n_heads=2, d_model=4, dropout=0.2), Ids(3, below=5)),
        (lambda: BERT(5, 4, [Block(MultiHeadAttention(2, 1), SwiGLU(2))], 2), Ids(1, below=5)),
    ],
    "MaskedLanguageModel": [
        (lambda: MaskedLanguageModel(bert(5, 4, 1, 1, d_model=4, dropout=0.2)), Ids(3, below=5)),
    ],
    "VisionTransformer": [
        (lambda: VisionTransformer(3, 2, n_layers=1, n_heads=2, d_model=4), (4, 2, 2)),
        (lambda: VisionTransformer(2, 1, 1, n_heads=1, d_model=2, dropout=0.3), (1, 1, 1)),
    ],
    "DecoderBlock": [
        (decoders_block, (3, 4)),
        (lambda: decoders_block(RMSNorm(), RMSNorm(), RMSNorm(), use_bias=False), (2, 4)),
    ],
    "EncoderDecoder": [
        (lambda: Twice(transformer(5, 5, 4, 1, 2, d_model=4, dropout=0.2)), Ids(3, below=5)),
        (lambda: Twice(encoder_of_another_width()), Ids(4, below=5)),
    ],
}

EXAMPLES = {
    **TRANSFORMERS,
    **BASIC,
    **CONVOLUTION,
    **POOLING,
    **NORMALIZATION,
    **COMPOSITION,
    **RECURRENT,
    **ATTENTION,
    **POSITIONS,
}
