/// SplitMix64: the same numbers for the same seed, on every machine.
struct ModelGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter stream: one of many that have nothing to do with each other.
    init(seed: UInt64, stream: Int) {
        state = seed
        for _ in 0...stream { state = next() ^ UInt64(stream) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func oneIn(_ number: Int) -> Bool { below(number) == 0 }

    /// In an order that depends on nothing but what there is.
    mutating func pick(_ values: some Sequence<String>) -> String? { values.sorted().randomElement(using: &self) }
}
