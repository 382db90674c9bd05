extension S3Error {
    /// The server, or the way to it, has a bad moment: the same request may succeed later.
    var isTransient: Bool {
        if let transport { return transport.code.isTransient }
        switch code {
        case "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "RequestTimeoutException",
            "Throttling",
            "ThrottlingException", "RequestThrottled", "TooManyRequests", "RequestLimitExceeded", "OperationAborted",
            "IncompleteBody", "BadDigest", "UnexpectedAnswer":
            return true
        default:
            guard let status else { return false }
            return status == 429 || status == 408 || status >= 500 && status != 501
        }
    }

    /// The server wants less of us.
    var isThrottling: Bool {
        switch code {
        case "SlowDown", "Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequests",
            "RequestLimitExceeded":
            true
        default:
            status == 429
        }
    }

    /// The request may have been carried out although it failed.
    var isUncertain: Bool {
        if let transport { return transport.code.mayHaveArrived }
        // Ceph answers 500 to the completion of an upload that is gone.
        return isNoSuchUpload || code == "UnexpectedAnswer" || code == "InternalError" || (status ?? 0) >= 500
    }

    var isNoSuchKey: Bool { code == "NoSuchKey" }

    var isNoSuchUpload: Bool { code == "NoSuchUpload" }

    /// Another pair of credentials may do better.
    var isAboutCredentials: Bool {
        ["ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired"]
            .contains(code)
    }

    /// The clock may be why: rclone answers 400 AccessDenied to a request that comes from the past.
    var mayBeClock: Bool {
        ["RequestTimeTooSkewed", "RequestExpired", "AccessDenied", "SignatureDoesNotMatch"].contains(code)
    }

    /// The bucket is elsewhere, and the server may have said where.
    var isAboutRegion: Bool {
        [
            "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect",
            "IllegalLocationConstraintException",
        ]
        .contains(code) || status == 301 || status == 307 || status == 400 && region != nil
    }
}

extension TransportError.Code {
    fileprivate var isTransient: Bool {
        switch self {
        case .couldNotResolve, .couldNotConnect, .timedOutConnecting, .stalled, .connectionLost, .malformedResponse,
            .other:
            true
        case .invalidRequest, .tls, .deadline, .tooLarge, .bodyFailed, .cancelled, .shutDown:
            false
        }
    }

    fileprivate var mayHaveArrived: Bool {
        switch self {
        case .stalled, .deadline, .connectionLost, .malformedResponse, .other, .tooLarge: true
        case .couldNotResolve, .couldNotConnect, .timedOutConnecting, .invalidRequest, .tls, .bodyFailed, .cancelled,
            .shutDown:
            false
        }
    }
}
