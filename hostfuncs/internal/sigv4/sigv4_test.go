package sigv4_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/sigv4"
)

// TestVectors signs requests of AWS's public test suite and of its documentation.
func TestVectors(t *testing.T) {
	t.Parallel()
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	suite := sigv4.Key{AccessKey: "AKIDEXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: "service"}
	iam := suite
	iam.Service = "iam"
	s3 := sigv4.Key{AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: "s3"}
	host, date := [2]string{"Host", "example.amazonaws.com"}, [2]string{"X-Amz-Date", "20150830T123600Z"}
	plain := [][2]string{host, date}
	empty := sigv4.Hash("")
	for name, c := range map[string]struct {
		key     sigv4.Key
		request sigv4.Request
		want    string
	}{
		"get-vanilla":                      {suite, sigv4.Request{Method: "GET", Path: "/", Headers: plain, BodyHash: empty, Time: at}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-query-order-key-case": {suite, sigv4.Request{Method: "GET", Path: "/", Query: [][2]string{{"Param2", "value2"}, {"Param1", "value1"}}, Headers: plain, BodyHash: empty, Time: at}, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"get-utf8":                         {suite, sigv4.Request{Method: "GET", Path: "/ሴ", Headers: plain, BodyHash: empty, Time: at}, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		"get-vanilla-utf8-query":           {suite, sigv4.Request{Method: "GET", Path: "/", Query: [][2]string{{"ሴ", "bar"}}, Headers: plain, BodyHash: empty, Time: at}, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		"get-unreserved":                   {suite, sigv4.Request{Method: "GET", Path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", Headers: plain, BodyHash: empty, Time: at}, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		"post-vanilla":                     {suite, sigv4.Request{Method: "POST", Path: "/", Headers: plain, BodyHash: empty, Time: at}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		"post-vanilla-query":               {suite, sigv4.Request{Method: "POST", Path: "/", Query: [][2]string{{"Param1", "value1"}}, Headers: plain, BodyHash: empty, Time: at}, "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		"post-x-www-form-urlencoded": {suite, sigv4.Request{Method: "POST", Path: "/", Headers: [][2]string{{"Content-Type", "application/x-www-form-urlencoded"}, host, date},
			BodyHash: sigv4.Hash("Param1=value1"), Time: at}, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		"IAM's ListUsers": {iam, sigv4.Request{Method: "GET", Path: "/", Query: [][2]string{{"Action", "ListUsers"}, {"Version", "2010-05-08"}},
			Headers: [][2]string{{"Host", "iam.amazonaws.com"}, date, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}, BodyHash: empty, Time: at}, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
		"S3's ListObjects": {s3, sigv4.Request{Method: "GET", Path: "/", Query: [][2]string{{"max-keys", "2"}, {"prefix", "J"}},
			Headers:  [][2]string{{"Host", "examplebucket.s3.amazonaws.com"}, {"X-Amz-Date", "20130524T000000Z"}, {"x-amz-content-sha256", empty}},
			BodyHash: empty, Time: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
		"S3's PUT": {s3, sigv4.Request{Method: "PUT", Path: "/test%24file.text", Headers: [][2]string{{"Host", "examplebucket.s3.amazonaws.com"}, {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
			{"x-amz-date", "20130524T000000Z"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}, {"x-amz-content-sha256", sigv4.Hash("Welcome to Amazon S3.")}},
			BodyHash: sigv4.Hash("Welcome to Amazon S3."), Time: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)}, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
	} {
		authorization, signature := sigv4.Sign(c.key, c.request)
		if signature != c.want || !strings.HasSuffix(authorization, "Signature="+c.want) {
			t.Errorf("%s: have %s", name, authorization)
		}
	}
}
