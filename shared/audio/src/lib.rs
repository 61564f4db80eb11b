//! G.711, levels, quality measures, the E-model and the DSP chain.
