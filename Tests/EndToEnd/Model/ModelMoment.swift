/// How a registry stands at a moment, for whoever asks what an answer at a later one may be.
struct ModelMoment: Hashable, Sendable {
    enum Mode: Sendable {
        case writable, readOnly
        /// From one to the other.
        case changing
    }

    private(set) var isDown = false
    private(set) var mode = Mode.writable
    /// How often the server was ended, or began again.
    private var disturbances = 0
    private var changes = 0

    mutating func turn(down isDown: Bool) {
        self.isDown = isDown
        disturbances += 1
    }

    mutating func turn(_ mode: Mode) {
        self.mode = mode
        changes += 1
    }

    /// Whether a request since then may have been cut off.
    func mayHaveCutOff(since start: ModelMoment) -> Bool { isDown || disturbances != start.disturbances }

    /// Whether a write since then may have been refused.
    func mayHaveRefused(since start: ModelMoment) -> Bool { mode != .writable || changes != start.changes }

    /// Whether a write since then may have been taken.
    func mayHaveTaken(since start: ModelMoment) -> Bool { mode != .readOnly || changes != start.changes }
}
