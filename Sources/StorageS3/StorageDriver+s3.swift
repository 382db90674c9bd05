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
        StorageDriver(name: "s3", section: S3Section.self) { section, context in
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
                logger: context.logger
            )
            do {
                try await storage.open()
            } catch let error as StorageError where error.code == .unavailable || error.code == .slowDown {
                // The registry serves what other backends have; this one is not ready until the server answers.
                context.logger.error("the S3 server does not answer", metadata: ["error": "\(error)"])
            }
            return storage
        }
    }
}
