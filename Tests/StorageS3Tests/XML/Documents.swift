/// What S3 servers send.
enum Documents {
    static let listing = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Name>registry</Name><Prefix>team-a%2F</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>
          <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
          <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
          <Contents>
            <Key>team-a%2Fsha256/9f/a+b%20c%2Bd</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
            <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass>
          </Contents>
          <Contents><Key>%E6%BC%A2</Key><Size>0</Size><Owner><ID>1</ID></Owner></Contents>
          <CommonPrefixes><Prefix>team-a/unnamed%2F</Prefix></CommonPrefixes>
        </ListBucketResult>
        """
}
