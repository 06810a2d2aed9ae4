// Does the calls of story.mjs with the client that oapi-codegen makes for Go.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"reflect"
	"strings"

	"finrust.example/session/client"
)

type call struct {
	Person    string          `json:"person"`
	Operation string          `json:"operation"`
	ID        string          `json:"id"`
	ETag      string          `json:"etag"`
	Body      json.RawMessage `json:"body"`
}

type line struct {
	Operation string          `json:"operation"`
	Answer    json.RawMessage `json:"answer,omitempty"`
	ETag      string          `json:"etag,omitempty"`
	Error     string          `json:"error,omitempty"`
}

// person makes somebody with a browser of their own.
func person() (*client.ClientWithResponses, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return client.NewClientWithResponses(os.Getenv("FINRUST_ADDRESS"), client.WithHTTPClient(&http.Client{Jar: jar}))
}

// arguments are those of an operation's method by their kind: the id, the parameters, and the body, read into the type that was generated.
func arguments(method reflect.Type, call call) ([]reflect.Value, error) {
	found := []reflect.Value{reflect.ValueOf(context.Background())}
	for at := 1; at < method.NumIn()-1; at++ {
		kind := method.In(at)
		switch {
		case kind.Kind() == reflect.String:
			found = append(found, reflect.ValueOf(call.ID).Convert(kind))
		case kind.Kind() == reflect.Pointer:
			parameters := reflect.New(kind.Elem())
			if tag := parameters.Elem().FieldByName("IfMatch"); tag.IsValid() {
				tag.SetString(call.ETag)
			}
			found = append(found, parameters)
		default:
			body := reflect.New(kind)
			if err := json.Unmarshal(call.Body, body.Interface()); err != nil {
				return nil, err
			}
			found = append(found, body.Elem())
		}
	}
	return found, nil
}

// answered calls the operation and writes out what the client made of the answer.
func answered(api *client.ClientWithResponses, call call) (answer json.RawMessage, etag string, err error) {
	name := ""
	for _, word := range strings.Split(call.Operation, "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	method := reflect.ValueOf(api).MethodByName(name + "WithResponse")
	if !method.IsValid() {
		return nil, "", fmt.Errorf("the client has no %sWithResponse", name)
	}
	given, err := arguments(method.Type(), call)
	if err != nil {
		return nil, "", err
	}
	results := method.Call(given)
	if err, failed := results[1].Interface().(error); failed {
		return nil, "", err
	}
	response := results[0].Elem()
	raw := response.FieldByName("HTTPResponse").Interface().(*http.Response)
	if raw.StatusCode >= 400 {
		return nil, "", fmt.Errorf("%d: %s", raw.StatusCode, response.FieldByName("Body").Bytes())
	}
	model := response.FieldByName(fmt.Sprintf("JSON%d", raw.StatusCode))
	if !model.IsValid() {
		return json.RawMessage("null"), raw.Header.Get("ETag"), nil
	}
	answer, err = json.Marshal(model.Interface())
	return answer, raw.Header.Get("ETag"), err
}

func main() {
	people := map[string]*client.ClientWithResponses{}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var call call
		if err := json.Unmarshal(input.Bytes(), &call); err != nil {
			panic(err)
		}
		if people[call.Person] == nil {
			api, err := person()
			if err != nil {
				panic(err)
			}
			people[call.Person] = api
		}
		said := line{Operation: call.Operation}
		var err error
		if said.Answer, said.ETag, err = answered(people[call.Person], call); err != nil {
			said.Error = err.Error()
		}
		if err := output.Encode(said); err != nil {
			panic(err)
		}
	}
}
