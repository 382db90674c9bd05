// StorageS3 keeps blobs in a bucket of any S3-compatible server.
//
//   StorageDriver+s3   the driver: the configuration's section, and what is built from it
//   Storage/           the storage over the client: S3Storage, and S3Upload, which a request feeds
//                      PartTail, PartBudget, SpoolFolder: where bytes wait that do not fill a part
//   Client/            S3's operations, one function each: S3Client, its retries, its errors
//   Signer/            AWS Signature Version 4, pure: no clock, no I/O
//   Credentials/       where the keys come from
//   XML/               what S3 says and is told, through libxml2
//   Transport/         HTTP, through libcurl on I/O threads of its own
