import Logging
public import RegistryCore

extension StorageDriver {
    /// A bucket of an S3 server:
    ///
    ///     driver: s3
    ///     endpoint: http://127.0.0.1:9000     # absent: AWS, by region
    ///     region: us-east-1
    ///     bucket: registry
    ///     prefix: team-a/
    ///     path-style: true
    ///     access-key-id: …                    # absent, both: the usual AWS chain
    ///     secret-access-key: …
    ///     part-size: 16MiB
    ///     redirect: { enabled: true, public-endpoint: https://s3.example.com, expires: 20m }
    ///     payload-signing: auto               # always | never
    ///     server-side-encryption: aws:kms
    ///     storage-class: STANDARD_IA
    ///     ca-file: /etc/ssl/minio.pem
    ///     connect-timeout: 10s
    ///     stall-timeout: 20s                  # without a byte in either direction
    ///     request-timeout: 30s                # all attempts together, beside what the bytes take
    public static var s3: StorageDriver {
        StorageDriver(
            name: "s3",
            section: S3Section.self,
            make: { section, context in
                try section.check(context)
                PartBudget.process.limit = context.uploadMemory
                let client = try section.client(context)
                let spool = try SpoolFolder("\(context.dataDirectory)/spool/\(context.backend)")
                let storage = S3Storage(
                    client,
                    spool: spool,
                    budget: .process,
                    partSize: section.partSizeInBytes,
                    redirect: try section.s3Redirect,
                    installation: context.installation,
                    admit: context.admit,
                    logger: context.logger
                )
                do {
                    try await storage.open(with: client.hurried())
                } catch let error as StorageError where error.code == .unavailable || error.code == .slowDown {
                    // After a power cut, registry and S3 server start together; and other backends can serve already.
                    context.logger.error(
                        "the S3 server does not answer; its blobs are not to be had until it does",
                        metadata: ["backend": "\(context.backend)", "error": "\(error)"])
                    storage.openLater()
                }
                return storage
            },
            diagnose: { section, context in
                try section.check(context)
                return await S3Diagnosis(try section.client(context), redirect: try section.s3Redirect).findings()
            }
        )
    }
}
