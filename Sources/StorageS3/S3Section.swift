import Logging
import RegistryCore

/// A backend's section of the configuration.
struct S3Section: Decodable, Sendable {
    var endpoint: String?
    var region: String?
    var bucket: String
    var prefix: String?
    var pathStyle: Bool?
    var accessKeyID: String?
    var secretAccessKey: String?
    var partSize: ByteCount?
    var redirect: Redirect?
    var payloadSigning: PayloadSigning?
    var serverSideEncryption: String?
    var storageClass: String?
    var caFile: String?
    var connectTimeout: TimeSpan?
    var stallTimeout: TimeSpan?
    var requestTimeout: TimeSpan?

    private enum Keys: String, CodingKey {
        case endpoint, region, bucket, prefix
        case pathStyle = "path-style"
        case accessKeyID = "access-key-id"
        case secretAccessKey = "secret-access-key"
        case partSize = "part-size"
        case redirect
        case payloadSigning = "payload-signing"
        case serverSideEncryption = "server-side-encryption"
        case storageClass = "storage-class"
        case caFile = "ca-file"
        case connectTimeout = "connect-timeout"
        case stallTimeout = "stall-timeout"
        case requestTimeout = "request-timeout"
    }

    /// Throws what is wrong with it, by the key.
    init(from decoder: any Decoder) throws {
        let section = try decoder.container(keyedBy: Keys.self)
        func wrong(_ key: Keys, _ what: String) -> DecodingError {
            DecodingError.dataCorruptedError(forKey: key, in: section, debugDescription: what)
        }
        endpoint = try section.decodeIfPresent(String.self, forKey: .endpoint)
        region = try section.decodeIfPresent(String.self, forKey: .region)
        bucket = try section.decode(String.self, forKey: .bucket)
        prefix = try section.decodeIfPresent(String.self, forKey: .prefix)
        pathStyle = try section.decodeIfPresent(Bool.self, forKey: .pathStyle)
        accessKeyID = try section.decodeIfPresent(String.self, forKey: .accessKeyID)
        secretAccessKey = try section.decodeIfPresent(String.self, forKey: .secretAccessKey)
        partSize = try section.decodeIfPresent(ByteCount.self, forKey: .partSize)
        redirect = try section.decodeIfPresent(Redirect.self, forKey: .redirect)
        serverSideEncryption = try section.decodeIfPresent(String.self, forKey: .serverSideEncryption)
        storageClass = try section.decodeIfPresent(String.self, forKey: .storageClass)
        caFile = try section.decodeIfPresent(String.self, forKey: .caFile)
        func timeout(_ key: Keys) throws -> TimeSpan? {
            guard let span = try section.decodeIfPresent(TimeSpan.self, forKey: key) else { return nil }
            guard span.duration > .zero else { throw wrong(key, "expected more than \(span)") }
            return span
        }
        connectTimeout = try timeout(.connectTimeout)
        stallTimeout = try timeout(.stallTimeout)
        requestTimeout = try timeout(.requestTimeout)
        if let text = try section.decodeIfPresent(String.self, forKey: .payloadSigning) {
            guard let signing = PayloadSigning(rawValue: text) else {
                throw wrong(.payloadSigning, "“\(text)” is none of auto, always and never")
            }
            payloadSigning = signing
        }
        if let endpoint {
            do { _ = try Endpoint(endpoint) } catch { throw wrong(.endpoint, error.message) }
        } else if region == nil {
            throw wrong(.endpoint, "without an endpoint this is AWS, and that needs a region")
        }
        do { _ = try address } catch { throw wrong(.bucket, "\(error)") }
        do { _ = try publicAddress } catch { throw wrong(.redirect, "\(error)") }
        switch (accessKeyID, secretAccessKey) {
        case (_?, nil): throw wrong(.secretAccessKey, "access-key-id needs a secret-access-key")
        case (nil, _?): throw wrong(.accessKeyID, "secret-access-key needs an access-key-id")
        default: break
        }
        if let partSize, !(PartSize.least...PartSize.largest).contains(partSize.bytes) {
            throw wrong(.partSize, "S3 takes parts of 5MiB to 5GiB, not of \(partSize)")
        }
    }

    var partSizeInBytes: Int64 { partSize?.bytes ?? 16 << 20 }

    /// What makes no sense together with the rest of the configuration.
    func check(_ context: StorageDriverContext) throws {
        guard partSizeInBytes > Int64(context.uploadMemory) else { return }
        let (part, memory) = (ByteCount(bytes: partSizeInBytes), ByteCount(bytes: Int64(context.uploadMemory)))
        throw DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: context.section.codingPath + [Keys.partSize],
                debugDescription:
                    "limits.upload-memory, \(memory), does not hold a part of \(part); raise it, or set a smaller part-size"
            ))
    }

    /// What the signature says where the configuration says none.
    private var signingRegion: String { region ?? "us-east-1" }

    /// Where clients are sent; nil: nowhere.
    var s3Redirect: S3Redirect? {
        get throws {
            guard let redirect, redirect.enabled else { return nil }
            return S3Redirect(address: try publicAddress, expires: redirect.expires.duration)
        }
    }

    /// The bucket, as clients reach it; nil: as we do.
    private var publicAddress: BucketAddress? {
        get throws {
            try redirect?.publicEndpoint.map {
                try BucketAddress(Endpoint($0), bucket: bucket, prefix: prefix ?? "", pathStyle: pathStyle)
            }
        }
    }

    private var address: BucketAddress {
        get throws {
            let endpoint = try endpoint.map { try Endpoint($0) } ?? .aws(region: signingRegion)
            return try BucketAddress(endpoint, bucket: bucket, prefix: prefix ?? "", pathStyle: pathStyle)
        }
    }

    /// Throws ``StorageError``.
    func client(_ context: StorageDriverContext) throws -> S3Client {
        var configuration = TransportConfiguration()
        configuration.caFile = caFile
        configuration.userAgent = "registryd"
        if let connectTimeout { configuration.connectTimeout = connectTimeout.duration }
        var retries = RetryPolicy()
        if let stallTimeout { retries.stallTimeout = stallTimeout.duration }
        if let requestTimeout { retries.deadline = requestTimeout.duration }
        let transport: CurlTransport
        do {
            transport = try CurlTransport(configuration, logger: context.logger)
        } catch {
            throw StorageError(.failed, "cannot start an HTTP client", cause: error)
        }
        let surroundings = Surroundings.process { try await transport.answer($0) }
        let credentials: CredentialChain
        if let accessKeyID, let secretAccessKey {
            let fixed = Credentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey)
            credentials = CredentialChain(
                [StaticCredentials(credentials: fixed)], surroundings, logger: context.logger)
        } else {
            credentials = .usual(region: signingRegion, surroundings, logger: context.logger)
        }
        return S3Client(
            Place(address: try address, region: signingRegion),
            credentials,
            transport,
            options: S3Client.Options(
                payloadSigning: payloadSigning ?? .auto,
                serverSideEncryption: serverSideEncryption,
                storageClass: storageClass,
                retries: retries
            ),
            logger: context.logger
        )
    }
}
