import RegistryCore

extension StorageError {
    /// What a failure of S3 means for the registry, with what to do about it where somebody can.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as S3Error: self.init(error)
        case let error as CredentialError:
            self.init(error.code == .unavailable ? .unavailable : .failed, error.description, cause: error.cause)
        default: self.init(.failed, "\(error)", cause: error)
        }
    }

    init(_ error: S3Error) {
        func because(_ code: Code, _ what: String) -> StorageError { StorageError(code, "\(what): \(error)") }

        switch error.code {
        case "NoSuchKey":
            self = because(.objectMissing, "the object is not there")
        case "NoSuchUpload":
            self = because(.checkpointLost, "the server has lost the multipart upload; push the blob again")
        case "NoSuchBucket":
            self = because(.failed, "there is no such bucket; create it, or correct `bucket` and `endpoint`")
        case "InvalidBucketName":
            self = because(.failed, "the server does not take this for a bucket's name; correct `bucket`")
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            self = because(
                .failed,
                """
                the access key may not do that; give it s3:GetObject, s3:PutObject, s3:DeleteObject, \
                s3:AbortMultipartUpload, s3:ListMultipartUploadParts on the objects and s3:ListBucket, \
                s3:ListBucketMultipartUploads on the bucket
                """
            )
        case "SignatureDoesNotMatch":
            self = because(.failed, "the secret is not this access key's; correct `secret-access-key`")
        case "InvalidAccessKeyId":
            self = because(.failed, "the server does not know this access key; correct `access-key-id`")
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            self = because(.failed, "the credentials have expired, or their session token is wrong; renew them")
        case "RequestTimeTooSkewed", "RequestExpired":
            self = because(.failed, "this machine's clock and the server's are too far apart; set the clock (NTP)")
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect":
            let region = error.region.map { "it is in \($0); set `region: \($0)`" } ?? "correct `region` and `endpoint`"
            self = because(.failed, "the bucket is not in this region; \(region)")
        case "InvalidStorageClass":
            self = because(.failed, "the server does not know this storage class; correct `storage-class`")
        case "InvalidEncryptionAlgorithmError", "InvalidEncryptionMethod", "KMS.DisabledException",
            "KMS.NotFoundException":
            self = because(.failed, "the server cannot encrypt like this; correct `server-side-encryption`")
        case "EntityTooLarge":
            self = because(.tooLarge, "the server takes no objects of this size")
        case "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull":
            self = because(.full, "the server has no room left")
        default:
            self.init(error.otherCode, error.description)
        }
        cause = nil
    }
}

extension S3Error {
    fileprivate var otherCode: StorageError.Code {
        if isThrottling || status == 503 { return .slowDown }
        if let transport { return transport.code == .tls || transport.code == .invalidRequest ? .failed : .unavailable }
        return isTransient ? .unavailable : .failed
    }
}
