package main

import (
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/sr"
)

type money struct {
	Cents int `json:"cents"`
}

type order struct {
	Total money `json:"total"`
}

const (
	moneySchema = `{"type":"object","properties":{"cents":{"type":"integer"}}}`
	orderSchema = `{"type":"object","properties":{"total":{"$ref":"money.json"}}}`
)

// Registry uses JSON Schema, which needs no library of its own.
func (c *client) Registry(url, topic string) (int, []byte, int, error) {
	ctx, cancel := limit()
	defer cancel()
	registry, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		return 0, nil, 0, err
	}
	referred, err := registry.CreateSchema(ctx, topic+"-money", sr.Schema{Schema: moneySchema, Type: sr.TypeJSON})
	if err != nil {
		return 0, nil, 0, err
	}
	reference := sr.SchemaReference{Name: "money.json", Subject: referred.Subject, Version: referred.Version}
	schema := sr.Schema{Schema: orderSchema, Type: sr.TypeJSON, References: []sr.SchemaReference{reference}}
	created, err := registry.CreateSchema(ctx, topic+"-value", schema)
	if err != nil {
		return 0, nil, 0, err
	}
	known, err := registry.LookupSchema(ctx, topic+"-value", schema)
	if err != nil || known.ID != created.ID {
		return 0, nil, 0, fmt.Errorf("created as %d, known as %d: %w", created.ID, known.ID, err)
	}
	checked, err := registry.CheckCompatibility(ctx, topic+"-value", -1, schema)
	if err != nil || !checked.Is {
		return 0, nil, 0, fmt.Errorf("not compatible with itself: %v: %w", checked.Messages, err)
	}
	var serde sr.Serde
	serde.Register(created.ID, order{}, sr.EncodeFn(json.Marshal), sr.DecodeFn(json.Unmarshal))
	message, err := serde.Encode(order{Total: money{Cents: 1234}})
	if err != nil {
		return 0, nil, 0, err
	}
	var decoded order
	err = serde.Decode(message, &decoded)
	return created.ID, message, decoded.Total.Cents, err
}
