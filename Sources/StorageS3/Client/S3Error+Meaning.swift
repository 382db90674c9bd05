import RegistryCore

extension S3Error {
    /// What a failure comes to, in words for whoever runs the registry.
    struct Meaning: Sendable, Hashable {
        var code: StorageError.Code
        var what: String
        var advice: String?

        init(_ code: StorageError.Code, _ what: String, _ advice: String? = nil) {
            self.code = code
            self.what = what
            self.advice = advice
        }
    }

    /// nil: the failure speaks for itself.
    var meaning: Meaning? { if let transport { transport.meaning } else { responseMeaning } }

    private var responseMeaning: Meaning? {
        switch code {
        case "NoSuchKey":
            Meaning(.objectMissing, "the object is not there")
        case Self.unexpectedSize:
            Meaning(.objectDamaged, "the object is damaged")
        case "NoSuchUpload":
            Meaning(.checkpointLost, "the server has lost the multipart upload", "push the blob again")
        case "NoSuchBucket":
            Meaning(.misconfigured, "there is no such bucket", "create it, or correct `bucket` and `endpoint`")
        case "InvalidBucketName":
            Meaning(.misconfigured, "the server does not take this for a bucket's name", "correct `bucket`")
        case Self.notS3:
            Meaning(.misconfigured, "what answers is not an S3 server", "correct `endpoint`")
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            Meaning(
                .misconfigured,
                "the access key may not do that",
                """
                give it s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, \
                s3:ListMultipartUploadParts on the objects and s3:ListBucket, s3:ListBucketMultipartUploads on the bucket
                """
            )
        case "SignatureDoesNotMatch":
            Meaning(.misconfigured, "the secret is not this access key's", "correct `secret-access-key`")
        case "InvalidAccessKeyId":
            Meaning(.misconfigured, "the server does not know this access key", "correct `access-key-id`")
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            Meaning(.misconfigured, "the credentials have expired, or their session token is wrong", "renew them")
        case "RequestTimeTooSkewed", "RequestExpired":
            Meaning(.failed, "this machine's clock and the server's are too far apart", "set the clock (NTP)")
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect":
            Meaning(
                .misconfigured,
                "the bucket is not in this region",
                region.map { "it is in \($0); set `region: \($0)`" } ?? "correct `region` and `endpoint`"
            )
        case "InvalidStorageClass":
            Meaning(.misconfigured, "the server does not know this storage class", "correct `storage-class`")
        case "InvalidEncryptionAlgorithmError", "InvalidEncryptionMethod", "KMS.DisabledException",
            "KMS.NotFoundException":
            Meaning(.misconfigured, "the server cannot encrypt like this", "correct `server-side-encryption`")
        case "EntityTooLarge":
            Meaning(.tooLarge, "the server takes no objects of this size")
        case "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull":
            Meaning(.full, "the server has no room left")
        default:
            nil
        }
    }
}

extension TransportError {
    var meaning: S3Error.Meaning? {
        switch code {
        case .couldNotResolve:
            S3Error.Meaning(
                .unavailable, "the S3 server's name cannot be resolved", "correct `endpoint`, or mend the DNS")
        case .couldNotConnect, .timedOutConnecting:
            S3Error.Meaning(.unavailable, "the S3 server cannot be reached", "start it, or correct `endpoint`")
        case .tls:
            S3Error.Meaning(
                .misconfigured,
                "there is no secure connection to the S3 server",
                "set `ca-file` to the authority of its certificate, or begin `endpoint` with http:// if it speaks no TLS"
            )
        case .malformedResponse:
            S3Error.Meaning(.unavailable, "what answers does not speak HTTP", "correct `endpoint`")
        default:
            nil
        }
    }
}
