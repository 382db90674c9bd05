/// Where whoever has it can fetch an object from the storage itself, with GET and with ranges, for a while.
public struct ObjectURL: Sendable, Hashable, CustomStringConvertible {
    /// Absolute. As good as the object itself: nothing for a log.
    public var text: String
    /// How long it works from now on.
    public var lifetime: Duration

    public init(_ text: String, lifetime: Duration) {
        self.text = text
        self.lifetime = lifetime
    }

    public var description: String { String(text.prefix { $0 != "?" }) }
}
