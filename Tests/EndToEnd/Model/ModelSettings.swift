/// The configuration of a run's server, as far as it changes.
struct ModelSettings: Sendable {
    static let backends = ["first", "second"]

    /// Of the server's own collections.
    var interval: String
    /// The backend that new blobs go to.
    var active = 0
    /// How long sessions wait for somebody to go on with them.
    var idle = "30m"
    var isReadOnly = false

    func text(_ backends: [ModelBackend]) -> String {
        let sections = zip(Self.backends, backends).map { "    \($0): \($1.section)\n" }.joined()
        return """
            storage:
              active: \(Self.backends[active])
              backends:
            \(sections)
            gc: { interval: \(interval), grace: 0s }
            backup: { interval: never }
            limits: { upload-idle: \(idle) }
            read-only: \(isReadOnly)
            """
    }
}
