import Authentication
import RegistryCore

extension CommandFailure.Code {
    init(_ code: StorageError.Code?) {
        switch code {
        case .unavailable, .slowDown: self = .unavailable
        case .misconfigured: self = .configuration
        default: self = .failure
        }
    }
}

extension CommandFailure {
    /// What an error from below means for the user of a command.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure:
            self = failure
        case let error as ConfigurationError:
            let hint = "`registryd config default` prints every key with its default"
            self.init(.configuration, "\(error)\n\(hint)", cause: error)
        case let error as BackendsNeeded:
            self.init(.configuration, "\(error)", cause: error)
        case let error as ForeignStorage:
            self.init(.configuration, "\(error)", cause: error)
        case let error as StorageError:
            self.init(Code(error.code), "\(error)", cause: error)
        case let error as MetadataError:
            self.init(error.code == .unavailable ? .unavailable : .failure, "\(error)", cause: error)
        case let error as AdministrationError:
            self.init(error.code == .invalid ? .usage : .failure, error.message, cause: error)
        case is HtpasswdFileError:
            self.init(.configuration, "access.htpasswd: \(error)", cause: error)
        default:
            self.init(.failure, "\(error)", cause: error)
        }
    }

    /// For standard error: every line says who speaks.
    var report: String {
        message.split(separator: "\n").map { "registryd: \($0)\n" }.joined()
    }
}
