// MetadataSQL
