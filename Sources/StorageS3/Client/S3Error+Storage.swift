import RegistryCore

extension StorageError {
    /// What a failure of S3 means for the registry, with what to do about it where somebody can.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as S3Error: self.init(error)
        case let error as CredentialError:
            let code: Code = error.code == .unavailable ? .unavailable : .misconfigured
            self.init(code, error.description, cause: error.cause)
        default: self.init(.failed, "\(error)", cause: error)
        }
    }

    init(_ error: S3Error) {
        guard let meaning = error.meaning else {
            self.init(error.otherCode, error.description)
            return
        }
        let advice = meaning.advice.map { "; \($0)" } ?? ""
        self.init(meaning.code, "\(meaning.what)\(advice): \(error)")
    }
}

extension S3Error {
    fileprivate var otherCode: StorageError.Code {
        if isThrottling || status == 503 { return .slowDown }
        if let transport { return transport.code == .invalidRequest ? .misconfigured : .unavailable }
        return isTransient ? .unavailable : .failed
    }
}
