import Logging
import Synchronization

/// How the process logs at the moment: what every handler looks at before a line, and a reload changes.
final class LogStyle: Sendable {
    private let currentLevel: Atomic<Int>
    private let isJSON: Atomic<Bool>

    init(level: LogLevel = .info, format: LogFormat = .text) {
        currentLevel = Atomic(Self.rank(level.level))
        isJSON = Atomic(format == .json)
    }

    func change(level: LogLevel, format: LogFormat) {
        currentLevel.store(Self.rank(level.level), ordering: .relaxed)
        isJSON.store(format == .json, ordering: .relaxed)
    }

    var format: LogFormat { isJSON.load(ordering: .relaxed) ? .json : .text }

    var level: Logger.Level {
        let rank = currentLevel.load(ordering: .relaxed)
        return Logger.Level.allCases.indices.contains(rank) ? Logger.Level.allCases[rank] : .info
    }

    /// Cheaper than comparing levels, for the access log.
    func shows(rank: Int) -> Bool { currentLevel.load(ordering: .relaxed) <= rank }

    static let infoRank = rank(.info)
    static let errorRank = rank(.error)

    private static func rank(_ level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
