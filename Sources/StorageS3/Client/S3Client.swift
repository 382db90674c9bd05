import Logging
import RegistryCore
import Synchronization

/// S3's operations on one bucket, one function each: signed, retried, with errors that say what failed.
///
/// Names are whole names of objects, whatever prefix they have. All functions throw ``S3Error``, ``CredentialError`` or
/// CancellationError.
final class S3Client: Sendable {
    struct Options: Sendable {
        var payloadSigning = PayloadSigning.auto
        /// `AES256`, `aws:kms`, …
        var serverSideEncryption: String?
        var storageClass: String?
        var retries = RetryPolicy()
    }

    let transport: any HTTPTransport
    let credentials: CredentialChain
    let options: Options
    let time: ClientTime
    let logger: Logger
    let skew = ClockSkew()
    let place: Mutex<Place>
    /// The server cannot delete several objects in one request.
    let lacksBatchDelete = Atomic(false)
    private let keys = SigningKeys()

    init(
        _ place: Place,
        _ credentials: CredentialChain,
        _ transport: any HTTPTransport,
        options: Options = Options(),
        time: ClientTime = .system,
        logger: Logger
    ) {
        self.place = Mutex(place)
        self.credentials = credentials
        self.transport = transport
        self.options = options
        self.time = time
        self.logger = logger
    }

    /// Where requests go now.
    var address: BucketAddress { place.withLock { $0.address } }

    func signer(for region: String) -> Signer { Signer(region: region, keys: keys) }
}
