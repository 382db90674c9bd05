// RegistryCore is the registry itself: names, digests, manifests, uploads, pulls, references.
//
//   Digest, RepositoryName, Reference, Descriptor …   the field's nouns, each checked where it is made
//   BlobStorage, BlobUpload, BlobContent              where bytes live; a storage driver implements these
//   MetadataStore                                     where everything else lives; one implementation, in SQL
//   UploadSession                                     what an upload is between two requests: a row
//   Registry, Registry+….swift                        the operations, one file a family; the HTTP layer calls these
//
// It opens no file, no socket and no database: those belong to whoever implements the two protocols.
