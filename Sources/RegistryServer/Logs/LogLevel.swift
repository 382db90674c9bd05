import Logging

/// `log.level`: what is less important is not logged.
enum LogLevel: String, ConfigChoice {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

/// `log.format`.
enum LogFormat: String, ConfigChoice {
    case text, json
}
