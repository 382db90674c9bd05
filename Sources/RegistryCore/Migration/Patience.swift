/// Waits for what is away and comes back: a backend, or the metadata. Whoever needs it waits, and says so once.
final class Patience: Sendable {
    private static let longestPause = Duration.seconds(15)

    private let time: CopyTime
    private let probe: @Sendable (_ backend: String) async throws -> Void
    private let waiting: @Sendable (_ backend: String?, any Error) -> Void
    private let resumed: @Sendable (_ backend: String?) -> Void
    /// Backends (nil: the metadata) that did not answer last time.
    private let down = Mutex<Set<String?>>([])

    /// - Parameter probe: throws for as long as a backend does not answer; leaves nothing on it.
    init(
        _ time: CopyTime,
        probe: @escaping @Sendable (_ backend: String) async throws -> Void,
        waiting: @escaping @Sendable (_ backend: String?, any Error) -> Void,
        resumed: @escaping @Sendable (_ backend: String?) -> Void
    ) {
        self.time = time
        self.probe = probe
        self.waiting = waiting
        self.resumed = resumed
    }

    /// Does it until it succeeds, or fails for a reason that does not pass.
    ///
    /// - Parameters:
    ///   - backend: which one `body` speaks to, if it is one only.
    ///   - copy: between which backends it copies, if it does.
    func wait<T>(
        for backend: String?,
        copying copy: (source: String, target: String)? = nil,
        _ body: () async throws -> T
    ) async throws -> T {
        var pause = Duration.seconds(1)
        var waited: Set<String?> = []
        while true {
            do {
                let value = try await body()
                for name in waited where down.withLock({ $0.remove(name) != nil }) { resumed(name) }
                return value
            } catch {
                // What a cancelled transfer says of its end is no news.
                try Task.checkCancellation()
                let (name, cause) = Self.subject(of: error, copy) ?? (backend, error)
                guard Self.mayPass(cause) else {
                    // Whoever waits next is to say so again.
                    down.withLock { $0.subtract(waited) }
                    throw error
                }
                waited.insert(name)
                if down.withLock({ $0.insert(name).inserted }) { waiting(name, cause) }
                repeat {
                    try await time.pause(pause)
                    pause = min(pause * 2, Self.longestPause)
                } while try await isAway(name)
            }
        }
    }

    /// Whether there is no use in trying again. A copy that breaks off may leave something, so each is not to find out by itself.
    private func isAway(_ backend: String?) async throws -> Bool {
        try Task.checkCancellation()
        guard let backend else { return false }
        do {
            try await probe(backend)
            return false
        } catch {
            try Task.checkCancellation()
            // Whatever else it is, whoever tries again hears of it.
            return Self.mayPass(error)
        }
    }

    /// Which end of a copy an error is of, and what it says.
    private static func subject(
        of error: any Error, _ copy: (source: String, target: String)?
    ) -> (String?, any Error)? {
        switch (error as? CopyFailure, copy) {
        case (.source(let error), let copy?): (copy.source, error)
        case (.target(let error), let copy?): (copy.target, error)
        default: nil
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as StorageError: error.code == .unavailable || error.code == .slowDown
        case let error as MetadataError: error.code == .unavailable
        default: false
        }
    }
}
